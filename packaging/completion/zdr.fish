# Completion of zdrctl and zdr-loader for fish: it looks for this file as zdrctl.fish and zdr-loader.fish. The programs
# themselves say what may stand at the cursor.
function __zdr_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l begun (commandline --cut-at-cursor --current-token)
    set -l lines ($words[1] complete -- $words[2..-1] "$begun" 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -q lines[2]; and printf '%s\n' $lines[1..-2]
    # What the shell itself offers begins after the sign of equality of --option=VALUE.
    set -l option (string match --regex -- '^--[^=]+=' $begun)
    set -l value (string replace -- "$option" '' $begun)
    switch $lines[-1]
        case :files
            printf '%s\n' "$option"(__fish_complete_path $value)
        case :directories
            printf '%s\n' "$option"(__fish_complete_directories $value '')
        case :commands
            printf '%s\n' "$option"(complete --do-complete "$value")
    end
end
complete --command zdrctl --no-files --arguments '(__zdr_complete)'
complete --command zdr-loader --no-files --arguments '(__zdr_complete)'
