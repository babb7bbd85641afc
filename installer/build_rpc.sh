#!/bin/sh
# Builds llama.cpp's RPC backend as a plug-in beside the installed llama-cpp-python, from the sources
# of that same version. Loam then lets other machines help (Settings, 'Let other machines help').
#
#     make rpc            or: sh installer/build_rpc.sh .venv/bin/python [FILE]
#
# Needs g++ and PyPI, half a minute. Linux. The package has the plug-in already when it is compiled
# with -DGGML_RPC=ON.
set -eu
python=${1:-.venv/bin/python}
version=$("$python" -c 'import importlib.metadata as m; print(m.version("llama-cpp-python"))')
libs=$("$python" -c 'import importlib.util as u; print(u.find_spec("llama_cpp").submodule_search_locations[0] + "/lib")')
target=${2:-$libs/libggml-rpc.so}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m pip download -q --no-deps --no-binary :all: -d "$folder" \
    "llama-cpp-python==$version"
tar xzf "$folder/llama_cpp_python-$version.tar.gz" -C "$folder" \
    "llama_cpp_python-$version/vendor/llama.cpp/ggml"
ggml=$folder/llama_cpp_python-$version/vendor/llama.cpp/ggml
g++ -O2 -std=c++17 -shared -fPIC -DGGML_BACKEND_DL -DGGML_BACKEND_BUILD -DGGML_BACKEND_SHARED \
    -I"$ggml/include" -I"$ggml/src" "$ggml/src/ggml-rpc/ggml-rpc.cpp" \
    "$ggml/src/ggml-rpc/transport.cpp" -L"$libs" -Wl,-rpath,'$ORIGIN' -lggml-base -lpthread \
    -o "$folder/libggml-rpc.so"
mv "$folder/libggml-rpc.so" "$target"
echo "$target"
