"""Archives from strangers: bombs, overlaps, tricks with names; what is read of them is bounded."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robasync.errors import Damaged, DocumentError, PasswordNeeded, TooLarge
from robasync.extract import archive, docx, odt
from robasync.extract.archive import Archive
from tests import office

CENTRAL = b"PK\x01\x02"


def test_members_are_found_by_name_without_regard_to_case():
    """A member is read whole; one that is not there is None."""
    made = Archive(office.zipped({"Word/Document.xml": "text"}), "a.docx")

    assert made.read("word/document.xml") == b"text"
    assert made.read("word/styles.xml") is None


def test_a_bomb_is_not_unpacked(monkeypatch):
    """No more is unpacked than the limit, of all members together, whatever they say of their size."""
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    made = Archive(office.zipped({"a": b"x" * 600, "b": b"x" * 600, "c": b"x" * 400}), "a.docx")
    made.read("a")
    with pytest.raises(TooLarge, match=r"a\.docx unpacks to more"):
        made.read("b")

    made.read("c")


def test_a_size_that_is_a_lie_is_damage(monkeypatch):
    """A member that says it is small is read up to what it says, and found out."""
    content = bytearray(office.zipped({"a": b"x" * 100_000}))
    at = content.index(CENTRAL) + 24
    content[at : at + 4] = struct.pack("<I", 10)
    with pytest.raises(Damaged, match="cannot be unpacked"):
        Archive(bytes(content), "a.docx").read("a")


def test_members_that_share_their_bytes_are_refused():
    """Overlapping members are how a small file becomes a large one."""
    content = office.zipped({"a": b"x" * 100, "b": b"y" * 100})
    second = content.rindex(CENTRAL) + 42
    overlapped = content[:second] + struct.pack("<I", 0) + content[second + 4 :]
    with pytest.raises(Damaged, match="overlap"):
        Archive(overlapped, "a.docx")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused():
    """Which of them another program shows cannot be known."""
    space = io.BytesIO()
    with zipfile.ZipFile(space, "w") as made:
        made.writestr("word/document.xml", "one")
        made.writestr("WORD/document.xml", "other")

    with pytest.raises(Damaged, match=r"two parts called word/document\.xml"):
        Archive(space.getvalue(), "a.docx")


def test_too_many_parts_are_refused(monkeypatch):
    """The list of members is bounded too."""
    monkeypatch.setattr(archive, "MOST_MEMBERS", 2)
    with pytest.raises(TooLarge, match="3 parts"):
        Archive(office.zipped({"a": "", "b": "", "c": ""}), "a.docx")


def test_an_encrypted_part_needs_a_password():
    """A part that is encrypted by the archive is no damage."""
    content = bytearray(office.zipped({"a": b"x"}))
    content[content.index(CENTRAL) + 8] |= 1
    with pytest.raises(PasswordNeeded):
        Archive(bytes(content), "a.docx").read("a")


@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_entities_are_neither_expanded_nor_fetched(kind):
    """A document type in a part is not read: no entity grows, and no file or address is opened."""
    doctype = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c SYSTEM "file:///etc/hostname"><!ENTITY d SYSTEM "http://127.0.0.1:9/x">]>'
    )
    if kind == "docx":
        body = f"<w:body>{office.paragraph('Seen. &b;&c;&d;')}</w:body>"
        content = office.zipped(
            {"word/document.xml": f"{doctype}<w:document {office.SPACES}>{body}</w:document>"}
        )
        text = docx.read(content, "a").text
    else:
        made = office.odt("<text:p>Seen. &b;&c;&d;</text:p>")
        inner = zipfile.ZipFile(io.BytesIO(made)).read("content.xml")
        text = odt.read(office.zipped({"content.xml": doctype.encode() + inner}), "a").text

    assert text == "Seen. &b;&c;&d;"


@given(data=st.data())
def test_whatever_is_changed_ends_in_text_or_a_failure(data):
    """Any bytes of a file exchanged, or its end cut off: an extract or a DocumentError, nothing else."""
    read, content = data.draw(
        st.sampled_from(
            [
                (docx.read, office.docx(office.paragraph("Text.", style="H1") * 3)),
                (odt.read, office.odt("<text:h>Text.</text:h>" * 3)),
            ]
        )
    )
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))

    try:
        read(bytes(changed[: data.draw(st.integers(1, len(changed)))]), "a")
    except DocumentError as error:
        assert "a" in str(error)
