/**
 * What a shell is told once, so that it asks wrangle at each TAB: `wrangle __complete -- WORDS…`, the words up to the
 * cursor. The answer's first line says what the shell is to add, each other line is `value` or `value<TAB>description`
 * (design-notes, "Completion"). Answers are never evaluated: they may hold names from files.
 */

/** Undefined for a shell that has none. */
export function completionScript(shell: string): string | undefined {
  return SCRIPTS.get(shell);
}

const BASH = `# Completion of wrangle for bash. In ~/.bashrc: source <(wrangle completion bash)
_wrangle() {
  local words=() word token='' prefix='' line directive='' i
  # bash takes "--color=a" for three words.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    token=\${COMP_WORDS[i]}
    token=\${token//[\\\\\\"\\']/}
    token=\${token/#\\~\\//$HOME/}
    if ((i > 1)) && [[ $token =~ ^[=:@]+$ || \${COMP_WORDS[i - 1]} =~ ^[=:@]+$ ]]; then
      prefix=\${words[\${#words[@]} - 1]}
      words[\${#words[@]} - 1]=$prefix$token
    else
      prefix=''
      words+=("$token")
    fi
  done
  if [[ -n $prefix && $token =~ ^[=:@]+$ ]]; then
    prefix=$prefix$token
    token=''
  fi
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $directive ]]; then
      directive=$line
    else
      line=\${line%%$'\\t'*}
      COMPREPLY+=("\${line#"$prefix"}")
    fi
  done < <(command wrangle __complete -- "\${words[@]}" 2>/dev/null </dev/null)
  local kind=''
  case "$directive " in
    *[:\\ ]files\\ *) kind=file ;;
    *[:\\ ]folders\\ *) kind=directory ;;
    *[:\\ ]nospace\\ *) compopt -o nospace 2>/dev/null ;;
  esac
  if [[ -n $kind ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -A "$kind" -- "$token")
  fi
}
complete -F _wrangle wrangle
`;

const ZSH = `#compdef wrangle
# Completion of wrangle for zsh. In ~/.zshrc, behind compinit: source <(wrangle completion zsh)
_wrangle() {
  local -a before lines described
  local line directive value description tab=$'\\t'
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  lines=("\${(@f)$(command wrangle __complete -- "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}")
  directive="\${lines[1]} "
  for line in "\${(@)lines[2,-1]}"; do
    [[ -n $line ]] || continue
    value=\${line%%$tab*}
    value=\${value//:/\\\\:}
    description=\${line#*$tab}
    if [[ $line == *$tab* ]]; then
      described+=("$value:$description")
    else
      described+=("$value")
    fi
  done
  if (( $#described )); then
    if [[ $directive == *nospace\\ * ]]; then
      _describe wrangle described -S ''
    else
      _describe wrangle described
    fi
  fi
  if [[ $directive == *files\\ * || $directive == *folders\\ * ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    if [[ $directive == *files\\ * ]]; then _files; else _files -/; fi
  fi
}
if [[ \${funcstack[1]} == _wrangle ]]; then
  _wrangle "$@"
else
  compdef _wrangle wrangle
fi
`;

const FISH = `# Completion of wrangle for fish. Once: wrangle completion fish > ~/.config/fish/completions/wrangle.fish
function __wrangle_complete
    set -l before (commandline -opc)
    set -e before[1]
    set -l current (commandline -ct)
    set -l lines (command wrangle __complete -- $before "$current" 2>/dev/null </dev/null)
    set -l directive "$lines[1] "
    set -e lines[1]
    for line in $lines
        printf '%s\\n' $line
    end
    set -l flag (string match -r '^--[^=]*=' -- "$current")
    set -l path (string replace -r '^--[^=]*=' '' -- "$current")
    switch "$directive"
        case '*files *'
            for found in (__fish_complete_path "$path")
                echo "$flag$found"
            end
        case '*folders *'
            for found in (__fish_complete_directories "$path")
                echo "$flag$found"
            end
    end
end
complete -c wrangle -e
complete -c wrangle -f -k -a '(__wrangle_complete)'
`;

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['bash', BASH],
  ['zsh', ZSH],
  ['fish', FISH],
]);
