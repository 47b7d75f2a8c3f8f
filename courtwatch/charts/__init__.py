"""Reports drawn as SVG on the server: printable, without colour alone, without a script."""
