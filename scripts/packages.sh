# Sourced by ./reproduce and ./check: installs what packages.txt names and the machine lacks.
# Nothing is run, and no network is needed, when everything is there.

install_packages() { # GROUP...
    local list missing=() group package why
    list=$(dirname "${BASH_SOURCE[0]}")/../packages.txt
    while read -r group package why; do
        case " $* " in *" $group "*) ;; *) continue ;; esac
        if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
            printf 'missing: %-22s %s\n' "$package" "$why"
        fi
    done < <(grep -v '^#' "$list")
    [ ${#missing[@]} -eq 0 ] && return 0
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "these Debian packages are missing, and only root can install them: ${missing[*]}" >&2
            return 1
        fi
        root=(sudo)
    fi
    echo "installing with apt-get: ${missing[*]}"
    if ! { "${root[@]}" apt-get update -qq &&
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends "${missing[@]}" >/dev/null; }; then
        echo "could not install: ${missing[*]}; install them by hand and run this again" >&2
        return 1
    fi
}
