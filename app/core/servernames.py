"""Names of models on servers, and where text goes when one is asked.

Such a model stands wherever a model's path could: 'http://192.168.1.5:8080/v1#llama-3'. The name
holds the whole address, so an answer that was kept tells where its question went even when the
server is no longer known.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from app.core.errors import BadInput

SAMPLERS = {
    "llama.cpp": {"top_k": "top_k", "min_p": "min_p", "repeat_penalty": "repeat_penalty"},
    "vllm": {"top_k": "top_k", "min_p": "min_p", "repeat_penalty": "repetition_penalty"},
    "lmstudio": {"top_k": "top_k", "min_p": "min_p", "repeat_penalty": "repeat_penalty"},
}
"""What kinds of servers take of Sampling beyond the OpenAI API, and by which names. Ollama takes
none of it at this API: there it stands in the model's own file."""
_PORTS = {"http": 80, "https": 443}
_LONGEST = 300
_ENDPOINTS = ("/chat/completions", "/completions", "/models")


def is_remote(path: str) -> bool:
    """Whether a model's path is the name of one on a server."""
    return path.startswith(("http://", "https://")) and "#" in path


def join(address: str, model: str) -> str:
    """The name of a model of a server."""
    return f"{address}#{model}"


def split(path: str) -> tuple[str, str]:
    """(address, the server's own name of the model) of what `join` made."""
    address, _, model = path.partition("#")
    return address, model


def checked(text: str) -> str:
    """A server's address as it is kept, from what a person typed: 'localhost:8080' becomes
    'http://localhost:8080/v1'. Errors: BadInput."""
    text = text.strip().rstrip("/")
    for endpoint in _ENDPOINTS:
        text = text.removesuffix(endpoint)
    base, path = plain(text, 8080)
    return f"{base}{path or '/v1'}"


def plain(text: str, port: int) -> tuple[str, str]:
    """('http://localhost:8080', path without a slash at its end) of an address that a person typed;
    port: for the example in what is said of a bad one. Errors: BadInput."""
    text = text.strip()
    text = (text if "://" in text else f"http://{text}").rstrip("/")
    try:
        parts = urlsplit(text)
        host, given = parts.hostname or "", parts.port
        good = parts.scheme in _PORTS and bool(host) and given != 0 and len(text) <= _LONGEST
        good = good and not parts.netloc.endswith(":")
    except ValueError:
        good = False
    fair = text.isascii() and text.isprintable() and not set(text) & set(' "<>\\^`{|}')
    if not good or not fair or parts.query or parts.fragment:
        problem = f"{text[:_LONGEST]} is not an address such as http://192.168.1.5:{port}."
        raise BadInput(problem=problem)
    if parts.username is not None or parts.password is not None:
        raise BadInput(problem="A name or password can't stand in the address; give it as the key.")
    host = f"[{host}]" if ":" in host else host
    where = host if given in (None, _PORTS[parts.scheme]) else f"{host}:{given}"
    return f"{parts.scheme}://{where}", parts.path.rstrip("/")


def is_here(address: str) -> bool:
    """Whether the server is on this machine: no text leaves it then."""
    import ipaddress

    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def leaves(path: str) -> bool:
    """Whether text for a model goes to another machine."""
    return is_remote(path) and not is_here(split(path)[0])


def is_open(address: str) -> bool:
    """Whether text goes over a network without encryption."""
    return address.startswith("http:") and not is_here(address)


def place(address: str) -> str:
    """Where text goes: '192.168.1.5:8080'."""
    return urlsplit(address).netloc


def port(address: str) -> int:
    """The port that is asked."""
    parts = urlsplit(address)
    return parts.port or _PORTS.get(parts.scheme, 0)


def where(path_or_address: str) -> str:
    """In English: 'Text goes to 192.168.1.5:8080', or 'This machine, port 8080'."""
    address = split(path_or_address)[0]
    if is_here(address):
        return f"This machine, port {port(address)}"
    return f"Text goes to {place(address)}"
