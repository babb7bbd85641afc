#!/bin/sh
# Loam.app and Loam-VERSION.dmg, on a Mac with Xcode's command line tools and Python 3.11.
# NOT TESTED: written on a machine without macOS.
#     sh installer/macos/build.sh
# Signed and notarised when these are set:
#     LOAM_IDENTITY  name of a 'Developer ID Application' certificate in the keychain
#     LOAM_NOTARY    a keychain profile made once with: xcrun notarytool store-credentials
set -eu
cd "$(dirname "$0")/../.."
pack=build/package
python=$pack/venv/bin/python
app=$pack/dist/Loam.app

[ -x "$python" ] || python3.11 -m venv $pack/venv
$python -m pip install -q --upgrade -c constraints.txt pip setuptools wheel
# Metal and its shaders are inside the library; NATIVE off, so that an M1 runs what an M4 built.
[ -d $pack/wheels ] || CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_METAL=ON -DGGML_METAL_EMBED_LIBRARY=ON \
    -DGGML_RPC=ON -DCMAKE_OSX_DEPLOYMENT_TARGET=13.0" \
    $python -m pip wheel -q --no-cache-dir --no-deps --no-binary llama-cpp-python \
    -c constraints.txt -w $pack/wheels llama-cpp-python
$python installer/requirements.py > $pack/requirements.txt
$python -m pip install -q -c constraints.txt -r installer/requirements.txt -r $pack/requirements.txt
$python -m pip install -q --force-reinstall --no-deps $pack/wheels/*.whl
$python -m pip install -q --no-deps -e .
$python -m app.services.default_models

set=$pack/macos/loam.iconset
mkdir -p $set
$python installer/icons.py $pack/macos/loam.png
for size in 16 32 128 256 512; do
    sips -z $size $size $pack/macos/loam.png --out $set/icon_${size}x${size}.png > /dev/null
    sips -z $((size * 2)) $((size * 2)) $pack/macos/loam.png --out $set/icon_${size}x${size}@2x.png > /dev/null
done
iconutil -c icns -o $pack/macos/loam.icns $set

$python -m PyInstaller --noconfirm --log-level WARN --distpath $pack/dist --workpath $pack/work installer/loam.spec
# Data belongs into Resources; the program looks for it in Frameworks.
$python installer/complete.py $app $app/Contents/Resources
for name in models resources licences parts.cdx.json; do
    ln -sfn ../Resources/$name $app/Contents/Frameworks/$name
done

if [ -n "${LOAM_IDENTITY:-}" ]; then
    # From the inside out; --deep would give the libraries the program's entitlements.
    find $app/Contents -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
        xargs -0 codesign --force --timestamp --options runtime --sign "$LOAM_IDENTITY"
    find $app/Contents/Frameworks -depth -type d -name '*.framework' -print0 |
        xargs -0 -n 1 codesign --force --timestamp --options runtime --sign "$LOAM_IDENTITY"
    codesign --force --timestamp --options runtime --entitlements installer/macos/loam.entitlements \
        --sign "$LOAM_IDENTITY" $app
    codesign --verify --strict --verbose=2 $app
fi

version=$($python -c "import sys; sys.path.insert(0, 'installer'); import versions; print(versions.version())")
image=dist/Loam-$version.dmg
folder=$pack/macos/image
rm -rf $folder && mkdir -p $folder dist
cp -R $app $folder/
ln -s /Applications $folder/Applications
hdiutil create -volname Loam -srcfolder $folder -format ULFO -ov $image
if [ -n "${LOAM_IDENTITY:-}" ] && [ -n "${LOAM_NOTARY:-}" ]; then
    codesign --timestamp --sign "$LOAM_IDENTITY" $image
    xcrun notarytool submit $image --keychain-profile "$LOAM_NOTARY" --wait
    xcrun stapler staple $image
    spctl --assess --type open --context context:primary-signature --verbose $image
fi
echo "$image"
