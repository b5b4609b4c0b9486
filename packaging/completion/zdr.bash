# Completion of zdrctl and zdr-loader for bash: to be sourced, or to be put under both names where bash-completion looks
# for it (/usr/share/bash-completion/completions).
_zdr() {
	local line=${COMP_LINE:0:COMP_POINT} words
	read -ra words <<<"$line"
	[[ $line != *[[:space:]] ]] || words+=("")
	mapfile -t COMPREPLY < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
	((${#COMPREPLY[@]} > 0)) || return 0
	local begun=${words[-1]} shell=${COMPREPLY[-1]} mark
	unset 'COMPREPLY[-1]'
	case $shell in
	:files) compopt -o default ;;
	:directories) compopt -o dirnames ;;
	:commands) mapfile -t COMPREPLY < <(compgen -c -- "$begun") ;;
	esac 2>/dev/null # compopt has an effect only while bash completes
	# Bash takes what follows a colon or a sign of equality for a word of its own.
	for mark in = :; do
		[[ $COMP_WORDBREAKS != *$mark* || $begun != *$mark* ]] || COMPREPLY=("${COMPREPLY[@]#"${begun%"$mark"*}$mark"}")
	done
}
complete -F _zdr zdrctl zdr-loader
