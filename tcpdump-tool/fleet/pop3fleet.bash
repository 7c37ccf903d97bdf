# Completion for bash: options, as the program itself lists them; forms; files.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

_pop3fleet() {
    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
    # Of --key-file=FILE bash makes three words.
    if [[ $word == = ]]; then
        word=
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    if [[ $option == --format ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'eve zeek ecs ocsf' -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$1" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]+')" -- "$word")
    else
        compopt -o default
    fi
}
complete -F _pop3fleet pop3fleet
