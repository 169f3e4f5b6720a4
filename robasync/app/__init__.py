"""Where settings become objects and adapters meet: one module for each thing that a command asks for."""
