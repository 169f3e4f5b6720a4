"""One file per document."""

from __future__ import annotations

import hashlib
import json

import orjson
import pytest

from robasync.errors import StorageError
from robasync.model import AssessorKind
from robasync.reports import names, results
from tests.unit.reports import samples

OUTCOMES = [samples.assessed("arm/ż.pdf"), samples.refused(), samples.failed()]


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_a_result_file_proves_its_outcome(outcome, tmp_path):
    """What is written is found under the document's name and read back as the same outcome."""
    [written] = await results.write(tmp_path / "results", [outcome])

    assert written.path == tmp_path / "results" / f"{outcome.document}.json"
    assert results.decode(written.path.read_bytes()) == outcome
    assert [path for path in written.path.parent.iterdir() if path != written.path] == []


async def test_a_second_writing_replaces_the_first(tmp_path):
    """A document that is assessed after a failure has one file, the newer."""
    [written] = await results.write(tmp_path, [samples.failed("a.pdf")])
    [written] = await results.write(tmp_path, [samples.assessed("a.pdf")])

    assert results.decode(written.path.read_bytes()).assessment is not None
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf.json"]


async def test_a_crowded_name_gets_its_own_file(tmp_path):
    """Names that some file systems confuse are kept apart on all of them."""
    crowded = names.crowded(["a.pdf", "A.pdf"])
    written = await results.write(tmp_path, [samples.failed(name) for name in crowded], crowded=crowded)
    paths = [one.path for one in written]

    assert len({str(path).casefold() for path in paths}) == 2


async def test_a_file_that_cannot_be_replaced_takes_no_other_documents_place(tmp_path):
    """Beside a result file that is held lies one that belongs to no document's name."""
    (tmp_path / "a.pdf.json").mkdir()
    [written] = await results.write(tmp_path, [samples.failed("a.pdf")])

    assert written.instead_of == tmp_path / "a.pdf.json"
    assert written.path != tmp_path / names.path("a.pdf (2)")
    assert "%~" in written.path.name


def test_layout_does_not_matter_and_values_do():
    """Reordered and re-indented the file still proves; with any value changed it does not."""
    content = orjson.loads(results.encode(samples.assessed()))
    results.decode(json.dumps(content, sort_keys=True, indent=7).encode())

    for change in ({"digest": "b" * 64}, {"document": "other.pdf"}, {"size": 10}):
        with pytest.raises(StorageError, match="checksum"):
            results.decode(orjson.dumps(content | {"outcome": content["outcome"] | change}))


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b"null", b"{" * 500_000, b"\xff", results.encode(OUTCOMES[0])[:-9]]
)
def test_anything_else_is_refused(raw):
    """A torn or foreign file is one typed error."""
    with pytest.raises(StorageError):
        results.decode(raw)


def test_a_file_of_an_earlier_version_proves_its_outcome():
    """A file without fields that came later is whole; one from which a field was taken is not."""
    whole = samples.assessed()
    earlier = orjson.loads(orjson.dumps(whole))
    del earlier["set_aside"], earlier["suspicious"], earlier["registrations"]
    checksum = f"sha256:{hashlib.sha256(orjson.dumps(earlier)).hexdigest()}"
    raw = orjson.dumps({"format": results.FORMAT, "checksum": checksum, "outcome": earlier})
    assert results.decode(raw) == whole

    robbed = orjson.loads(results.encode(whole))
    del robbed["outcome"]["set_aside"]
    with pytest.raises(StorageError, match="changed"):
        results.decode(orjson.dumps(robbed))


def test_the_notice_says_what_the_file_is():
    """The baseline, a proposal and a failure each say so at the top of their file."""
    baseline = orjson.loads(results.encode(samples.assessed(kind=AssessorKind.BASELINE)))

    assert "not a risk-of-bias assessment" in baseline["notice"]
    assert "Proposed" in orjson.loads(results.encode(samples.assessed()))["notice"]
    assert "OCR" in orjson.loads(results.encode(samples.failed()))["notice"]
