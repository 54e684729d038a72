"""What the network costs: see the module of each measure."""
