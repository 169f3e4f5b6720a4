"""The plan before the money: what would be asked, what that takes and costs, and who agreed to it. No I/O."""
