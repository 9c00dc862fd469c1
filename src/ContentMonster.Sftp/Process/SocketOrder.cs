using System.Globalization;
using System.Net.Sockets;

namespace ContentMonster.Sftp.Process;

/// <summary>What the socket opener is to connect to, and how; handed over in one environment variable, never in the command that ssh's shell reads.</summary>
/// <param name="Host">Name or address, as <c>ssh -G</c> tells it.</param>
/// <param name="CongestionControl">tcp(7), TCP_CONGESTION: an algorithm's name; null: the system's own.</param>
/// <param name="Patience">For connecting; whole milliseconds.</param>
/// <param name="Silence">What the caller bears afterwards; whole milliseconds. Twice the longer of both, bytes on the way may go unacknowledged (TCP_USER_TIMEOUT).</param>
/// <param name="Family">The only one whose addresses are tried; Unspecified: any.</param>
internal sealed record SocketOrder(string Host, int Port, string? CongestionControl, TimeSpan Patience, TimeSpan Silence = default, AddressFamily Family = AddressFamily.Unspecified)
{
    public const string Variable = "CONTENTMONSTER_SOCKET";

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Host} {Port} {CongestionControl ?? "-"} {(long)Patience.TotalMilliseconds} {(long)Silence.TotalMilliseconds}{(FamilyWord is { } family ? $" {family}" : "")}");

    /// <summary>As in ssh_config; null: any.</summary>
    public string? FamilyWord => Family switch { AddressFamily.InterNetwork => "inet", AddressFamily.InterNetworkV6 => "inet6", _ => null };

    public static SocketOrder? Parse(string? text)
    {
        string[] words = text?.Split(' ') ?? [];
        return words is [{ Length: > 0 } host, var port, { Length: > 0 } congestion, var patience, var silence, .. [] or ["inet" or "inet6"]]
            && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0
            && int.TryParse(patience, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds)
            && int.TryParse(silence, NumberStyles.None, CultureInfo.InvariantCulture, out int borne)
            ? new SocketOrder(host, number, congestion == "-" ? null : congestion, TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(borne),
                words is [.., "inet"] ? AddressFamily.InterNetwork : words is [.., "inet6"] ? AddressFamily.InterNetworkV6 : AddressFamily.Unspecified)
            : null;
    }
}
