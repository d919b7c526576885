"""How sure the grades are on photos that nothing was fitted to."""
