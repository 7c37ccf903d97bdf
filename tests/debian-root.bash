# Sourced by tests/fresh-debian and tests/newer-debian: a Debian in a folder of its own, to chroot into.
# Needs root and debootstrap. Packages come from where this machine's apt gets them.
# shellcheck shell=bash

# Archive, suite and component of each Debian source of this machine, as lines of sources.list.
debian_sources() {
    # shellcheck disable=SC2016 # apt-get puts the values in
    apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' | awk '$1 ~ /^Debian/ { print "deb", $2, $3, $4 }' | sort -u
}

# make_root ROOT SUITE MIRROR PACKAGES: in the empty folder ROOT. What debootstrap says is in ROOT.log.
make_root() {
    local root=$1 suite=$2 mirror=$3 packages=$4
    chmod 755 "$root"
    # The script of sid is that of all releases; releases newer than debootstrap have no other.
    debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror" sid \
        >"$root.log" 2>&1 || return
    apt-config dump | grep -E '^Acquire::(http|https)::.*Proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
    cp /etc/resolv.conf "$root/etc/resolv.conf" &&
        { [[ -e $root/etc/hosts ]] || echo '127.0.0.1 localhost' >"$root/etc/hosts"; } &&
        mount -t proc proc "$root/proc" &&
        mount --bind /dev "$root/dev"
}

# clone_into ROOT REPOSITORY [CAPTURES]: the last commit, as /clone/pop3ana; the captures beside it.
clone_into() {
    local root=$1 repository=$2 captures=${3-}
    mkdir "$root/clone" &&
        git clone --quiet --no-hardlinks "file://$repository" "$root/clone/pop3ana" || return
    if [[ -n $captures ]]; then
        mkdir -p "$root/clone/shared/captures" &&
            mount --bind "$captures" "$root/clone/shared/captures"
    fi
}

# in_root ROOT USER COMMAND...: with an environment of its own, from the folder /.
in_root() {
    local root=$1 user=$2 home
    shift 2
    home=$(chroot "$root" bash -c "echo ~$user")
    chroot --userspec="$user" "$root" env -i HOME="$home" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        bash -c 'cd / && exec "$@"' in_root "$@"
}

# end_children PROCESS: theirs first; each is stopped before, so that it starts no more of them.
end_children() {
    local child children
    children=$(cat "/proc/$1/task/"*/children 2>/dev/null) || true
    for child in $children; do
        kill -STOP "$child" 2>/dev/null || continue
        end_children "$child"
        kill -KILL "$child" 2>/dev/null || true
    done
}

# remove_root ROOT: also in the middle of make_root or in_root, when a signal ends the script.
remove_root() {
    local root=$1 point
    end_children "$$"
    for point in clone/shared/captures dev/pts dev proc; do
        if mountpoint -q "$root/$point"; then umount --lazy "$root/$point" || return; fi
    done
    rm -rf --one-file-system -- "$root" "$root.log"
}
