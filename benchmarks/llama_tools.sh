#!/bin/sh
# Builds llama.cpp's own llama-server, llama-mtmd-cli and rpc-server from the sources that the installed
# llama-cpp-python was built from, against the libraries that it installed, so that all run the same
# kernels. With them the tests of servers and of other machines run against the real thing.
#
#     sh benchmarks/llama_tools.sh FOLDER
#     LOAM_LLAMA_SERVER=FOLDER/build/llama-server LOAM_RPC_SERVER=FOLDER/build/rpc-server \
#         LOAM_GGML_RPC=FOLDER/build/libggml-rpc.so LOAM_MTMD_CLI=FOLDER/build/llama-mtmd-cli \
#         make test ARGS="tests/remote tests/engine/test_rpc.py tests/engine/test_pictures.py"
#
# Needs g++, cmake and the network, some ten minutes and 500 MB in FOLDER. Linux.
set -eu
folder=${1:?say where to build}
python=${PYTHON:-.venv/bin/python}
version=$("$python" -c 'import importlib.metadata as m; print(m.version("llama-cpp-python"))')
libs=$("$python" -c 'import importlib.util as u; print(u.find_spec("llama_cpp").submodule_search_locations[0] + "/lib")')
mkdir -p "$folder"
"$python" -m pip download -q --no-deps --no-binary :all: -d "$folder" "llama-cpp-python==$version"
tar xzf "$folder/llama_cpp_python-$version.tar.gz" -C "$folder"
cd "$folder"
sources=$PWD/llama_cpp_python-$version/vendor/llama.cpp
# The server's page for browsers is left out.
sed 's/#cmakedefine.*//; s/@N_ASSETS@/0/' "$sources/tools/ui/ui.h.in" > ui.h
sed 's/@ASSET_ARRAYS@//; s/@ASSET_TABLE@//; s/@N_ASSETS@/0/; s/@USE_GZIP@/false/' \
    "$sources/tools/ui/ui.cpp.in" > ui.cpp
cat > CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.20)
project(llama_tools CXX)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_FLAGS_RELEASE "-O1")
find_package(Threads REQUIRED)
file(GLOB COMMON ${S}/common/*.cpp ${S}/common/jinja/*.cpp ${S}/common/parsers/*.cpp)
file(GLOB SERVER ${S}/tools/server/*.cpp)
set(LLAMA_BUILD_NUMBER 0)
set(LLAMA_BUILD_COMMIT sdist)
set(BUILD_COMPILER ${CMAKE_CXX_COMPILER_ID})
set(BUILD_TARGET ${CMAKE_SYSTEM_PROCESSOR})
configure_file(${S}/common/build-info.cpp.in build-info.cpp)
set(GGML ${LIBS}/libggml.so ${LIBS}/libggml-base.so ${LIBS}/libggml-cpu.so Threads::Threads)
set(CMAKE_BUILD_RPATH ${LIBS})
include_directories(${S}/ggml/include ${S}/include ${S} ${S}/common ${S}/vendor)
add_library(ggml-rpc MODULE ${S}/ggml/src/ggml-rpc/ggml-rpc.cpp ${S}/ggml/src/ggml-rpc/transport.cpp)
target_include_directories(ggml-rpc PRIVATE ${S}/ggml/src)
target_compile_definitions(ggml-rpc PRIVATE GGML_BACKEND_DL GGML_BACKEND_BUILD GGML_BACKEND_SHARED)
target_link_libraries(ggml-rpc PRIVATE ${LIBS}/libggml-base.so Threads::Threads)
add_executable(rpc-server ${S}/tools/rpc/rpc-server.cpp)
target_link_libraries(rpc-server PRIVATE ${GGML})
add_executable(llama-server ${SERVER} ui.cpp ${COMMON} ${S}/vendor/cpp-httplib/httplib.cpp
  ${CMAKE_CURRENT_BINARY_DIR}/build-info.cpp)
target_include_directories(llama-server PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${S}/tools/mtmd ${S}/tools/server)
target_link_libraries(llama-server PRIVATE ${LIBS}/libmtmd.so ${LIBS}/libllama.so ${GGML})
add_executable(llama-mtmd-cli ${S}/tools/mtmd/mtmd-cli.cpp ${COMMON} ${S}/vendor/cpp-httplib/httplib.cpp
  ${CMAKE_CURRENT_BINARY_DIR}/build-info.cpp)
target_include_directories(llama-mtmd-cli PRIVATE ${S}/tools/mtmd)
target_link_libraries(llama-mtmd-cli PRIVATE ${LIBS}/libmtmd.so ${LIBS}/libllama.so ${GGML})
CMAKE
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DS="$sources" -DLIBS="$libs" > cmake.log
cmake --build build -j "${JOBS:-2}"
echo "$PWD/build"
