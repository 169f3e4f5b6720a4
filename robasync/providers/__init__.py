"""Ways to an assessor: models over HTTP by wire format, the offline baseline, the scripted one."""
