#!/bin/sh
# Builds llama.cpp's own llama-perplexity from the sources that the installed llama-cpp-python was
# built from, against the libraries that it installed, so that both run the same kernels.
#
#     sh benchmarks/llama_perplexity.sh FOLDER
#     LOAM_LLAMA_PERPLEXITY=FOLDER/llama-perplexity make test ARGS="tests/training -k llama_cpps"
#
# Needs g++ and the network, some minutes and 400 MB in FOLDER. Linux.
set -eu
folder=${1:?say where to build}
python=${PYTHON:-.venv/bin/python}
version=$("$python" -c 'import importlib.metadata as m; print(m.version("llama-cpp-python"))')
libs=$("$python" -c 'import importlib.util as u; print(u.find_spec("llama_cpp").submodule_search_locations[0] + "/lib")')
mkdir -p "$folder"
"$python" -m pip download -q --no-deps --no-binary :all: -d "$folder" "llama-cpp-python==$version"
tar xzf "$folder/llama_cpp_python-$version.tar.gz" -C "$folder"
target=$(cd "$folder" && pwd)/llama-perplexity
cd "$folder/llama_cpp_python-$version/vendor/llama.cpp"
sed 's/@[A-Z_]*NUMBER@/0/; s/@[A-Z_]*@/sdist/' common/build-info.cpp.in > common/build-info.cpp
g++ -O1 -std=c++17 -Icommon -Iinclude -Iggml/include -Ivendor -Itools/perplexity \
    tools/perplexity/*.cpp common/*.cpp common/jinja/*.cpp common/parsers/*.cpp \
    vendor/cpp-httplib/httplib.cpp -L"$libs" -Wl,-rpath,"$libs" \
    -lllama -lggml -lggml-base -lggml-cpu -lpthread -o "$target"
echo "$target"
