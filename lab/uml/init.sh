#!/bin/sh
# PID 1 of the user-mode kernel. Its root, by hostfs, is the cached image, read-only; everything happens on a tmpfs over it.
# The kernel's command line gives CHECKOUT (read-only inside) and EXCHANGE (what comes and goes), folders of the machine.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
mkdir /mnt/root/mnt/image
cd /mnt/root && pivot_root . mnt/image
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /dev/net
mount -t devpts devpts /dev/pts -o ptmxmode=666
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for at in /dev/shm /run /tmp; do mount -t tmpfs tmpfs "$at"; done
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
chmod 1777 /tmp
chmod 666 /dev/net/tun /dev/null /dev/zero /dev/random /dev/urandom /dev/tty
mkdir -p /run/lock /run/netns "$CHECKOUT" "$EXCHANGE"
mount -t hostfs -o "$CHECKOUT" none "$CHECKOUT" && mount -o remount,ro "$CHECKOUT"
mount -t hostfs -o "$EXCHANGE" none "$EXCHANGE"
hostname kernel
ip link set lo up
stty raw </dev/tty1
cd "$CHECKOUT"
setsid sh "$EXCHANGE/command" </dev/null >/dev/tty1 2>&1
echo $? >"$EXCHANGE/code"
sync
echo o >/proc/sysrq-trigger
sleep 60
