# Completion of zdrctl for bash: to be sourced, or to be put as "zdrctl" where bash-completion looks for it
# (/usr/share/bash-completion/completions).
_zdrctl() {
	local line=${COMP_LINE:0:COMP_POINT} words
	read -ra words <<<"$line"
	[[ $line != *[[:space:]] ]] || words+=("")
	mapfile -t COMPREPLY < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
	# Bash takes what follows a colon for a word of its own.
	local begun=${words[-1]}
	[[ $COMP_WORDBREAKS != *:* || $begun != *:* ]] || COMPREPLY=("${COMPREPLY[@]#"${begun%:*}:"}")
}
complete -o default -F _zdrctl zdrctl
