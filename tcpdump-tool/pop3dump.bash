# Completion for bash. The functions above are made from the table of options.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

_pop3dump() {
    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
    # Of --read=FILE bash makes three words.
    if [[ $word == = ]]; then
        word=
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    case $(_pop3dump_argument "$option") in
        FILE) compopt -o default ;;
        DIR | FOLDER) compopt -o dirnames ;;
        USER) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
        INTERFACE)
            mapfile -t COMPREPLY < <(compgen -W "any $(ls /sys/class/net)" -- "$word")
            ;;
        '')
            if [[ $word == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$(_pop3dump_options)" -- "$word")
            fi
            ;;
    esac
}
complete -F _pop3dump pop3dump
