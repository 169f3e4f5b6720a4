"""Marked-up files that want to harm: nothing is fetched, nothing expands, nothing runs deep."""

from __future__ import annotations

import http.server
import threading

import pytest

from robasync.errors import Damaged, DocumentError
from robasync.extract import docx, html, jats
from tests import office

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.fixture
def server():
    """Yield the address of a server and the list of what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()
        thread.join()


def test_nothing_is_fetched(server):
    """No DTD, entity, style sheet, inclusion, frame or image of a file is ever asked for."""
    address, asked = server
    jats.read(
        f"""<?xml version="1.0"?><?xml-stylesheet href="{address}/a.xsl"?>
<!DOCTYPE article PUBLIC "x" "{address}/a.dtd" [
<!ENTITY % p SYSTEM "{address}/p"> %p; <!ENTITY e SYSTEM "{address}/e">]>
<article xmlns:xi="http://www.w3.org/2001/XInclude"><body>
<p>Text &e;</p><xi:include href="{address}/i"/></body></article>""".encode(),
        "a.xml",
    )
    html.read(
        f"""<!DOCTYPE html SYSTEM "{address}/h.dtd"><html><head><base href="{address}">
<link rel=stylesheet href=a.css></head><body><p>Text <img src="{address}/i.png">
<iframe src="{address}/f"></iframe></p></body></html>""".encode(),
        "a.html",
    )
    relation = f'<Relationship Id="r9" Type="x/footnotes" Target="{address}/n" TargetMode="External"/>'
    docx.read(
        office.zipped(
            {
                "word/document.xml": f"""<!DOCTYPE w SYSTEM "{address}/w.dtd"><w:document {office.SPACES}>
<w:body>{office.paragraph("Text.")}<w:altChunk r:id="r9"/></w:body></w:document>""",
                "word/_rels/document.xml.rels": office.relations(relation),
            }
        ),
        "a.docx",
    )
    assert asked == []


def test_a_file_is_not_included(tmp_path):
    """An entity that names a file of this machine brings nothing of it into the text."""
    (tmp_path / "secret").write_text("the secret")
    extract = jats.read(
        f'<!DOCTYPE article [<!ENTITY e SYSTEM "{tmp_path / "secret"}">]>'
        "<article><body><p>Text &e;.</p></body></article>".encode(),
        "a.xml",
    )
    assert extract.text == "Text &e;."
    assert extract.notes == ("characters that the file names but does not define: &e;",)


def test_entities_do_not_multiply():
    """Entities made of entities stay names; a short text of the file's own is used once."""
    extract = jats.read(
        f'<!DOCTYPE article [<!ENTITY a0 "ha">{LAUGHS}<!ENTITY one "o&#110;e">]>'
        '<article id="&a9;"><body><p>&a9; &one;</p></body></article>'.encode(),
        "a.xml",
    )
    assert extract.text == "&a9; one"


@pytest.mark.parametrize(
    "doctype", ["<!DOCTYPE article [", "<!DOCTYPE article [<!ENTITY a '\"]>", "<!DOCTYPE"]
)
def test_a_broken_declaration_is_no_way_in(doctype):
    """A declaration that does not end is a damaged file, at once and at any length."""
    with pytest.raises(Damaged):
        jats.read(f"{doctype}{'[<!--' * 20_000}<article/>".encode(), "a.xml")


@pytest.mark.parametrize("depth", [160, 250, 300, 100_000])
@pytest.mark.parametrize(("read", "tag"), [(jats.read, "sec"), (html.read, "div"), (html.read, "b")])
def test_deep_nesting_is_refused(read, tag, depth):
    """A file whose elements nest without end is a typed failure, or read; it is no crash."""
    inner = f"{f'<{tag}>' * depth}text{f'</{tag}>' * depth}"
    content = f"<article><body>{inner}</body></article>" if read is jats.read else f"<html><body>{inner}"
    with pytest.raises(DocumentError):
        read(content.encode(), "a.xml")


def test_spans_without_end():
    """A cell that claims millions of columns and rows costs no memory."""
    cell = '<td colspan="99999999" rowspan="99999999">a</td>'
    table = f"<table>{f'<tr>{cell}{cell}</tr>' * 5}</table>"
    assert len(jats.read(f"<article><body>{table}</body></article>".encode(), "a.xml").text) < 10_000
