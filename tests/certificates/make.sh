#!/bin/sh
# Makes the certificate files of the tests anew. They were made for them alone and are registered nowhere.
set -eu
cd "$(dirname "$0")"
rm -f ./*.pem ./*.p12
long="-days 36500"
openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=admin-reset test root" -keyout root.key -out root.crt $long 2>/dev/null
leaf() { # NAME KEYSPEC...
  name=$1; shift
  openssl req -newkey "$@" -nodes -subj "/CN=admin-reset test $name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
  openssl x509 -req -in "$name.csr" -CA root.crt -CAkey root.key -CAcreateserial -out "$name.crt" $long 2>/dev/null
}
leaf app rsa:2048
leaf other rsa:2048
leaf large rsa:4096
leaf small rsa:1024
openssl ecparam -name prime256v1 -genkey -noout -out ec-sec1.key
openssl req -x509 -new -key ec-sec1.key -subj "/CN=admin-reset test ec" -out ec.crt $long
openssl pkcs8 -topk8 -nocrypt -in ec-sec1.key -out ec.key
openssl rsa -in app.key -traditional -out app-pkcs1.key 2>/dev/null
cat app.crt app.key >certificate-first.pem
cat app.key root.crt app.crt >key-first-leaf-last.pem
cat app.crt app-pkcs1.key >pkcs1.pem
cat large.key large.crt >large.pem
cat other.crt app.key >other-key.pem
cat app.key >key-alone.pem
cat app.crt >certificate-alone.pem
cat small.crt small.key >small.pem
cat ec.crt ec.key >ec-pkcs8.pem
cat ec.crt ec-sec1.key >ec-sec1.pem
{ cat app.crt; openssl pkcs8 -topk8 -in app.key -passout pass:secret; } >encrypted-pkcs8.pem
{ cat app.crt; openssl rsa -in app.key -traditional -aes128 -passout pass:secret 2>/dev/null; } >encrypted-traditional.pem
sed 's/^MII/M!I/' certificate-first.pem >damaged.pem
p12() { openssl pkcs12 -export -inkey app.key -in app.crt -certfile root.crt -name app "$@"; }
p12 -passout pass:secret -out modern.p12
p12 -passout pass:secret -legacy -out legacy.p12
p12 -passout pass:secret -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -out windows.p12
p12 -passout pass: -out no-password.p12
p12 -keypbe NONE -certpbe NONE -nomac -passout pass: -out plain.p12
openssl pkcs12 -export -inkey ec.key -in ec.crt -passout pass:secret -out ec.p12
openssl pkcs12 -export -nokeys -in app.crt -passout pass:secret -out no-key.p12
openssl x509 -in app.crt -outform DER -out app.der
rm -f ./*.key ./*.crt ./*.csr ./*.srl

# A server that nobody vouches for, as TLS takes it (version 3).
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=127.0.0.1 \
  -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.crt
cat server.crt server.key > of-a-server.pem
rm server.key server.crt
