using System.Globalization;
using System.Text;

namespace ContentMonster.Sftp.Client;

// Implementation notes
//
// dash reads its standard input in blocks, so nothing but the shell itself may read it: every script is a quoted word of a command line, evaluated in a
// subshell whose input is /dev/null. A syntax error or an exit in it ends that subshell only.
//
// Order for one script: the begin token and the heartbeat first, then the script's text, so that a long text on a slow link is no silence. The heartbeat is
// ended and waited for before the end token, so none comes after it. The shell says that it has the whole text when it begins with it. Each token is one
// short write (below PIPE_BUF), which the system never tears, and it is unguessable, so it can be cut out of the output at whatever place it fell.
//
// When nobody reads any more, the heartbeat's write fails and takes the script along: where the shell leads its process group (sshd and posix_spawn make
// it so) by a KILL to the group, else by a TERM to the shell, whose trap kills the script's subshell. Killing a group we do not lead could hit the
// server itself. Once the shell is gone for another reason the heartbeat ends by itself.
//
// The heartbeat is ended by USR1, not TERM: the shell has a trap for TERM, and dash loses a signal that reaches a fresh child between the fork and the
// moment when the child forgets its parent's traps. Without a trap in the parent such an early signal simply ends the child.
//
// The tokens are put together by the shell, so a server that only echoes its input never seems to answer.

/// <summary>What is sent to the remote shell.</summary>
internal static class ShellText
{
    private const string Bootstrap = """
        cm_j=; cm_h=; cm_g=
        { read -r cm_x </proc/$$/stat && cm_x=${cm_x##*') '} && set -- $cm_x && cm_g=$3; } 2>/dev/null || { set -- $(ps -o pgid= -p $$ 2>/dev/null </dev/null); cm_g=$1; }
        set --
        trap 'kill -s KILL $cm_j 2>/dev/null; exit 143' TERM
        cm_gone() { if [ "$cm_g" = "$$" ]; then kill -s KILL 0; else kill -s TERM $$; fi; exit 1; }
        cm_beat() { trap '' PIPE; cm_z=; trap 'kill $cm_z; exit 0' USR1; while :; do sleep SECONDS >/dev/null & cm_z=$!; wait $cm_z || exit 0; kill -0 $$ || exit 0; echo "H$1" || cm_gone; done; }
        cm_open() { echo "B$1"; { cm_beat "$1"; } </dev/null 2>/dev/null & cm_h=$!; }
        cm_run() { cm_s=$2; echo "S$1"; { set --; eval "$cm_s"; } </dev/null & cm_j=$!; cm_s=; wait $cm_j; cm_r=$?; cm_j=; { kill -s USR1 $cm_h; wait $cm_h; } 2>/dev/null; echo "E$1 $cm_r"; }

        """;

    public static byte[] Hello(string token, int heartbeatSeconds) => Encoding.ASCII.GetBytes(
        Bootstrap.ReplaceLineEndings("\n").Replace("SECONDS", heartbeatSeconds.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        + $"echo 'B''{token}'; echo 'E''{token} 0'\n");

    public static byte[] Run(string token, ReadOnlySpan<byte> script) =>
        [.. Encoding.ASCII.GetBytes($"cm_open {token}\ncm_run {token} "), .. ShellQuote.Quote(script), (byte)'\n'];
}
