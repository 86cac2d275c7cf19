# Sourced by ./reproduce and ./check: installs what packages.txt names and the machine lacks.
# With nothing missing no program but dpkg-query is run, so this works offline.

install_packages() { # GROUP...
    local list missing=() group package why
    list=$(dirname "${BASH_SOURCE[0]}")/../packages.txt
    while read -r group package why; do
        case " $* " in *" $group "*) ;; *) continue ;; esac
        # a library for two architectures has two lines
        if ! dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
            missing+=("$package")
            printf 'missing: %-22s %s\n' "$package" "$why"
        fi
    done < <(grep -vE '^(#|$)' "$list")
    if [ ${#missing[@]} -eq 0 ]; then
        echo "nothing to install"
        return 0
    fi
    cannot() { # WHY
        echo "cannot install packages ($1)." >&2
        echo "Install these by hand and run this again: ${missing[*]}" >&2
        return 1
    }
    local root=()
    if ! command -v apt-get >/dev/null; then
        cannot "no apt-get here; the names are Debian's"
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            cannot "neither root nor sudo"
            return 1
        fi
        root=(sudo)
    fi
    echo "installing with ${root[*]:+${root[*]} }apt-get: ${missing[*]}"
    if ! "${root[@]}" apt-get update -qq; then
        cannot "apt-get update failed: no network?"
        return 1
    fi
    if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" >/dev/null; then
        cannot "apt-get install failed"
        return 1
    fi
}
