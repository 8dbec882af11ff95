"""What the app may call: the Web API, method by method (methods/), its rate limits, the bytes of files."""
