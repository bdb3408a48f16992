#!/bin/sh
# Makes the passwords that compose.yaml uses, in the folder secrets beside it, once: what is there stays as it is.
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets

# $1: file, $2: bytes of randomness. Hexadecimal, so that it needs no encoding in an address.
make() {
  if [ -e "secrets/$1" ]; then
    echo "secrets/$1 is there"
    return
  fi
  head -c "$2" /dev/urandom | od -An -vtx1 | tr -d ' \n' > "secrets/$1"
  echo "secrets/$1 made"
}

make mongodb-keyfile 96
make mongodb-root-password 24
make mongodb-cwsync-password 24
password=$(cat secrets/mongodb-cwsync-password)
echo "MONGODB_URI=mongodb://cwsync:$password@mongodb:27017/cwsync?replicaSet=rs0&authSource=cwsync" > secrets/mongodb.env
echo "secrets/mongodb.env leads cwsync there"
# Read in containers by other users than you; the folder lets nobody else on this machine in.
chmod 644 secrets/mongodb-keyfile secrets/mongodb-root-password secrets/mongodb-cwsync-password
