"""Real articles: what the baseline answers was read against the text by eye for those named here."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache

import anyio
import pytest

from robasync import screen
from robasync.extract.files import FileExtractor
from robasync.model import Document
from robasync.providers.rules import answer, refusal
from tests import corpus

ITEMS = ("1", "2", "3", "4", "5", "6", "opt1", "opt2", "opt5", "opt6", "opt8")

# Article: step 1 for the sequence, and for one group (item 3, 4 or 5) whose blinding it states.
# DY = definitely yes, PY = probably yes, DN = definitely no, as read by eye.
READ = {
    "PMC1574360.txt": ("DY", "3", "DY"),
    "PMC1590049.txt": ("PY", "3", "DY"),
    "PMC2249589.txt": ("DY", "5", "DN"),
    "PMC2442830.txt": ("DY", "3", "DN"),
    "PMC2575601.txt": ("DY", "3", "DN"),
    "PMC3192699.txt": ("DY", "5", "DY"),
    "PMC3253336.txt": ("PY", "3", "DN"),
    "PMC3479017.txt": ("DY", "4", "DN"),
    "PMC3664406.txt": ("PY", "5", "DY"),
    "PMC3830844.txt": ("DY", "3", "DY"),
    "PMC3898378.txt": ("PY", "4", "DN"),
    "PMC4054662.txt": ("PY", "3", "DY"),
    "PMC4416300.txt": ("PY", "4", "DY"),
    "PMC4489004.txt": ("DY", "5", "DN"),
    "PMC4630885.txt": ("DY", "5", "DN"),
    "PMC4805129.txt": ("DY", "3", "DN"),
    "PMC4987981.txt": ("DY", "5", "DY"),
    "PMC5017045.txt": ("DY", "3", "DN"),
    "PMC5264483.txt": ("DY", "3", "DY"),
    "PMC5337626.txt": ("DY", "3", "DN"),
    "PMC5379244.txt": ("DY", "3", "DN"),
    "PMC5442667.txt": ("DY", "3", "DN"),
    "PMC5450344.txt": ("DY", "3", "DY"),
    "PMC5758845.txt": ("DY", "3", "DY"),
    "PMC5807541.txt": ("DY", "5", "DY"),
    "PMC5816528.txt": ("DY", "5", "DY"),
    "PMC5863632.txt": ("PY", "5", "DY"),
    "PMC5908397.txt": ("PY", "3", "PY"),
    "rct_trial__26414968__PMC4655321.pdf": ("DY", "3", "DY"),
    "rct_trial__32865004__PMC7594536.pdf": ("DY", "3", "DY"),
    "rct_trial__33186500__PMC7864599.pdf": ("DY", "3", "PY"),
    "rct_trial__36284318__PMC9598018.pdf": ("DY", "3", "DN"),
    "rct_trial__38760584__PMC11333282.pdf": ("DY", "3", "DY"),
    "rct_trial__40430228__PMC12113407.pdf": ("DY", "3", "DY"),
}
LONG = {"DY": "definitely_yes", "PY": "probably_yes", "DN": "definitely_no"}

# Five call themselves a protocol or a paper on methods; three texts plan what "will be" done throughout.
REFUSED = {
    "http_www.trialsjournal.com_content_15_1_511-old.pdf": "protocol",
    "http_www.trialsjournal.com_content_16_1_1.pdf": "methodology",
    "http_www.trialsjournal.com_content_16_1_2.pdf": "protocol",
    "http_www.trialsjournal.com_content_16_1_50.pdf": "protocol",
    "rct_trial__26818484__PMC4729116.pdf": "protocol",
    "PMC2958944.txt": "protocol",
    "PMC4748545.txt": "protocol",
    "PMC5154172.txt": "protocol",
}


@cache
def extracts(*folders):
    """Return the extracts of all articles in these folders by name, made once."""
    paths = sorted(path for folder in folders for path in folder.iterdir())
    found = {}

    async def read_all():
        extractor = FileExtractor(processes=2, timeout_seconds=60, memory_limit_gb=0)

        async def read(path):
            content = path.read_bytes()
            status = path.stat()
            found[path.name] = await extractor.extract(
                Document(
                    name=path.name,
                    path=path,
                    digest=hashlib.sha256(content).hexdigest(),
                    size=len(content),
                    mtime_ns=status.st_mtime_ns,
                    inode=status.st_ino,
                    content=content,
                )
            )

        async with anyio.create_task_group() as group:
            for path in paths:
                group.start_soon(read, path)

    anyio.run(read_all)

    return dict(sorted(found.items()))


@pytest.fixture
def articles():
    """All 66 articles."""
    return extracts(corpus.folder("trials/txt"), corpus.folder("trials/pdf"))


def test_exactly_the_plans_and_the_paper_on_methods_are_refused(articles):
    """Every article is assessed or refused, and no report of a trial is refused."""
    found = {
        name: screened.kind for name, extract in articles.items() if (screened := screen.screen(extract))
    }

    assert found == REFUSED
    assert not any(refusal(extract) for extract in articles.values())


@pytest.mark.parametrize("name", READ)
def test_articles_read_by_eye(articles, name):
    """The answers on sequence and blinding are those of a reader, with quotes from the text."""
    text = articles[name].text
    sequence, group, blinded = READ[name]
    found = answer(text, ["1", group])["items"]

    for item, expected in (("1", sequence), (group, blinded)):
        assert found[item]["step1"] == LONG[expected]
        assert found[item]["quotes"]
        assert all(quote in text for quote in found[item]["quotes"])


def test_the_distribution_of_answers(articles, show):
    """Every quote of every item stands in its article; how often each answer is given is printed."""
    given = {item: Counter() for item in ITEMS}

    for name, extract in articles.items():
        if name in REFUSED:
            continue

        for item, reply in answer(extract.text, ITEMS)["items"].items():
            counts = [reply[count]["quote"] for count in ("randomised", "analysed") if count in reply]
            assert all(quote in extract.text for quote in [*reply.get("quotes", ()), *counts])
            given[item][summary(reply)] += 1

    show(f"{len(articles)} articles, {len(REFUSED)} refused; answers to the others:")

    for item, answers in given.items():
        show(f"  {item:5} " + ", ".join(f"{name} {number}" for name, number in answers.most_common()))


def summary(reply):
    """Return an item's answer in a word or two."""
    if "randomised" in reply:
        return "/".join(str(reply[name]["value"] is not None) for name in ("randomised", "analysed"))

    return " ".join(reply[step] for step in ("step1", "step2") if step in reply)
