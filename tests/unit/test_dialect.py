"""What a refusal makes of the way a server is asked."""

from __future__ import annotations

import pytest

from robasync.providers.dialect import Dialect

PLAINER = Dialect(formats=("json_object", "text"))
TOOL = Dialect(formats=("tool", "text"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", {"limit_name"}),
        (
            "Unsupported value: 'temperature' does not support 0 with this model. Only the default",
            {"sampling"},
        ),
        ("`temperature` is deprecated for this model.", {"sampling"}),
        ("temperature: Input should be less than or equal to 1", set()),
        ("Invalid schema for response_format 'answers': 'maxItems' is not permitted.", {"bounds"}),
        ("The specified schema produces a constraint that has too many states for serving.", {"bounds"}),
        ("no (parameter: response_format)", {"formats"}),
        ("This model does not support response format `json_schema`.", {"formats"}),
        ("output_config: Extra inputs are not permitted", {"formats"}),
        ("Invalid JSON payload received. Unknown name 'responseSchema': Cannot find field.", {"formats"}),
        ("messages must not be empty", set()),
        ("Unknown parameter: stream_options", set()),
    ],
)
def test_a_refusal_changes_what_it_names(said, expected):
    """One part at a time, and nothing where no part is named."""
    plainer = Dialect().without(said)
    changed = {
        name for name in Dialect.__slots__ if plainer and getattr(plainer, name) != getattr(Dialect(), name)
    }

    assert changed == expected
    assert (plainer is None) == (not expected)


def test_each_part_is_given_up_once():
    """A server that goes on refusing comes to the end of what there is."""
    dialect, steps = Dialect(), 0
    while (
        plainer := dialect.without("response_format: the schema is not supported, nor maxItems")
    ) is not None:
        dialect, steps = plainer, steps + 1

    assert (dialect.answer_format, steps) == ("text", 3)


def test_a_refused_tool_leads_to_plain_text():
    """Anthropic's second way ends at the third."""
    assert TOOL.without("tools: not supported by this model").answer_format == "text"
    assert TOOL.without("the schema is odd") is None


def test_usage_of_streams_is_given_up_only_where_it_is_asked_for():
    """``stream_options`` is left out and the stream stays."""
    plainer = Dialect(streaming=True).without("stream_options: extra fields not permitted")

    assert (plainer.streaming, plainer.stream_usage) == (True, False)


def test_plain_text_is_the_end():
    """Nothing is plainer."""
    assert Dialect(formats=("text",)).plainer() is None
