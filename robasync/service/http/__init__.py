"""A run over HTTP: the live page, its events, metrics, health and controls. Off unless asked for."""
