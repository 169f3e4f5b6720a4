"""Word and OpenDocument files made by hand, part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

SCHEMAS = "http://schemas.openxmlformats.org"
RELATIONS = f"{SCHEMAS}/officeDocument/2006/relationships"
SPACES = " ".join(
    (
        f'xmlns:w="{SCHEMAS}/wordprocessingml/2006/main"',
        f'xmlns:m="{SCHEMAS}/officeDocument/2006/math"',
        f'xmlns:r="{RELATIONS}"',
        f'xmlns:mc="{SCHEMAS}/markup-compatibility/2006"',
        f'xmlns:a="{SCHEMAS}/drawingml/2006/main"',
        f'xmlns:wp="{SCHEMAS}/drawingml/2006/wordprocessingDrawing"',
        f'xmlns:pic="{SCHEMAS}/drawingml/2006/picture"',
        f'xmlns:dgm="{SCHEMAS}/drawingml/2006/diagram"',
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"',
        'xmlns:v="urn:schemas-microsoft-com:vml"',
    )
)
STYLES = (
    '<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="H2"/></w:style>'
    '<w:style w:type="character" w:styleId="Gone"><w:name w:val="Gone"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Ring"><w:basedOn w:val="Ring2"/></w:style>'
    '<w:style w:type="character" w:styleId="Ring2"><w:basedOn w:val="Ring"/></w:style>'
    '<w:style w:type="table" w:styleId="Dark"><w:name w:val="Dark"/><w:tblStylePr w:type="firstRow"><w:tcPr>'
    '<w:shd w:val="clear" w:fill="000080"/></w:tcPr></w:tblStylePr></w:style>'
)
NAMES = "urn:oasis:names:tc:opendocument:xmlns"
ODF = " ".join(
    [f'xmlns:{name}="{NAMES}:{name}:1.0"' for name in ("office", "text", "table", "style", "meta")]
    + [
        f'xmlns:draw="{NAMES}:drawing:1.0"',
        f'xmlns:fo="{NAMES}:xsl-fo-compatible:1.0"',
        'xmlns:xlink="http://www.w3.org/1999/xlink"',
        'xmlns:dc="http://purl.org/dc/elements/1.1/"',
    ]
)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP archive of these members, in this order."""
    space = io.BytesIO()
    with zipfile.ZipFile(space, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)

    return space.getvalue()


def paragraph(text: str, *, style: str = "", properties: str = "", run: str = "") -> str:
    """Return a Word paragraph of one run; ``run`` holds properties of the run."""
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f"<w:p><w:pPr>{styled}{properties}</w:pPr>"
        f'<w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def docx(body: str, *, styles: str = STYLES, parts: Mapping[str, str] | None = None) -> bytes:
    """Return a Word file with this body; ``parts`` are more of them by kind, such as "footnotes"."""
    more = {"styles": f"<w:styles {SPACES}>{styles}</w:styles>", **(parts or {})}
    leading = "".join(
        f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind}" Target="{kind}.xml"/>' for kind in more
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(
                f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="word/document.xml"/>'
                '<Relationship Id="r2" Type="x/core-properties" Target="docProps/core.xml"/>'
            ),
            "docProps/core.xml": (
                '<p xmlns:dc="d" xmlns:t="t"><dc:title>A trial of rest in acute low back pain</dc:title>'
                "<dc:creator>A. Author</dc:creator><t:created>2019-03-01T10:00:00Z</t:created></p>"
            ),
            "word/_rels/document.xml.rels": relations(leading),
            "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
            **{f"word/{kind}.xml": content for kind, content in more.items()},
        }
    )


def odt(body: str, *, styles: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    """Return an OpenDocument text with this body and these automatic styles."""
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": (
                f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
                f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
            ),
            **(parts or {}),
        }
    )


def relations(inner: str) -> str:
    """Return the part of a Word file that says where another part leads."""
    return f'<Relationships xmlns="{SCHEMAS}/package/2006/relationships">{inner}</Relationships>'
