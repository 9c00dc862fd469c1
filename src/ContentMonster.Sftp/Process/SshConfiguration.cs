using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ContentMonster.Sftp.Process;

/// <summary>What ssh itself says is in force for a target (<c>ssh -G</c>), the user's and the system's ssh_config included.</summary>
public sealed record SshConfiguration
{
    /// <summary>A Match exec in the user's file may hang; nobody waits for it longer than this.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    public required string HostName { get; init; }
    public required int Port { get; init; }
    public required string User { get; init; }
    /// <summary>The name that host keys are kept under and prompts show, where the user gave one.</summary>
    public string? HostKeyAlias { get; init; }
    public IReadOnlyList<string> UserKnownHostsFiles { get; init; } = [];
    /// <summary>As written, "~" and tokens unexpanded.</summary>
    public IReadOnlyList<string> IdentityFiles { get; init; } = [];
    /// <summary>As written; null: none.</summary>
    public string? ProxyCommand { get; init; }
    /// <summary>As written; null: none.</summary>
    public string? ProxyJump { get; init; }
    /// <summary>The user chose the shore's own address or interface (BindAddress, BindInterface).</summary>
    public bool IsBound { get; init; }
    /// <summary>The only family of addresses that the user allows; Unspecified: any.</summary>
    public AddressFamily AddressFamily { get; init; }
    /// <summary>The user has ssh complete host names (CanonicalizeHostname).</summary>
    public bool CanonicalizesHostName { get; init; }
    public bool HasProxyCommand => ProxyCommand is not null;
    public bool HasProxyJump => ProxyJump is not null;
    /// <summary>This ssh has SessionType, StdinNull and ForkAfterAuthentication (OpenSSH 8.7), so that ssh_config may hold them.</summary>
    public bool HasSessionOptions { get; init; }
    public string Ciphers { get; init; } = "";
    /// <summary>Nobody chose ciphers: the list is the one built into this ssh.</summary>
    public bool CiphersAreDefault { get; init; }

    /// <summary>Asks once; the caller keeps the answer as long as the settings and the user's files stay as they are.</summary>
    public static async Task<SshConfiguration> AskAsync(SshTarget target, CancellationToken cancellationToken)
    {
        target.ThrowIfUnsound();
        Task<string> inForce = RunAsync(target.SshProgram, SshArguments.ForQuestion(target), cancellationToken);
        Task<string> builtIn = RunAsync(target.SshProgram, SshArguments.ForBuiltInDefaults(), cancellationToken);
        await Task.WhenAll(inForce, builtIn).ConfigureAwait(false);
        return Parse(await inForce.ConfigureAwait(false), await builtIn.ConfigureAwait(false), target);
    }

    internal static SshConfiguration Parse(string inForce, string builtIn, SshTarget target)
    {
        ILookup<string, string> values = Lines(inForce);
        string ciphers = values["ciphers"].FirstOrDefault() ?? "";
        return new SshConfiguration
        {
            HostName = values["hostname"].FirstOrDefault() ?? target.BareHost,
            Port = int.TryParse(values["port"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : target.Port ?? 22,
            User = values["user"].FirstOrDefault() ?? target.User ?? Environment.UserName,
            HostKeyAlias = values["hostkeyalias"].FirstOrDefault(alias => alias != "none"),
            UserKnownHostsFiles = [.. values["userknownhostsfile"].SelectMany(Files)],
            IdentityFiles = [.. values["identityfile"]],
            ProxyCommand = values["proxycommand"].FirstOrDefault(command => command != "none"),
            ProxyJump = values["proxyjump"].FirstOrDefault(jump => jump != "none"),
            IsBound = values["bindaddress"].Concat(values["bindinterface"]).Any(static bound => bound is not "none"),
            AddressFamily = values["addressfamily"].FirstOrDefault() switch { "inet" => AddressFamily.InterNetwork, "inet6" => AddressFamily.InterNetworkV6, _ => AddressFamily.Unspecified },
            CanonicalizesHostName = values["canonicalizehostname"].FirstOrDefault() is "true" or "yes" or "always",
            HasSessionOptions = values.Contains("sessiontype"),
            Ciphers = ciphers,
            CiphersAreDefault = ciphers.Length > 0 && ciphers == Lines(builtIn)["ciphers"].FirstOrDefault(),
        };
    }

    // ssh -G prints several files with blanks between them, and blanks in them as they are: the longest run of words that is there is one file.
    private static IEnumerable<string> Files(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int first = 0; first < words.Length;)
        {
            int end = words.Length;
            while (end > first + 1 && !File.Exists(SshEnvironment.ExpandHome(string.Join(' ', words[first..end]))))
            {
                end--;
            }

            yield return string.Join(' ', words[first..end]);
            first = end;
        }
    }

    private static ILookup<string, string> Lines(string text) => text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.TrimEnd('\r').Split(' ', 2))
        .Where(parts => parts.Length == 2)
        .ToLookup(parts => parts[0].ToLowerInvariant(), parts => parts[1].Trim(), StringComparer.Ordinal);

    private static async Task<string> RunAsync(string program, List<string> arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestWait);
        SshProcess process = SshProcess.StartLocal(program, arguments);
        await using (process.ConfigureAwait(false))
        {
            try
            {
                using var answer = new MemoryStream();
                await process.Transport.CopyToAsync(answer, limit.Token).ConfigureAwait(false);
                SshExit exit = await process.Exited.WaitAsync(limit.Token).ConfigureAwait(false);
                return exit.ExitCode == 0
                    ? Encoding.UTF8.GetString(answer.ToArray())
                    : throw new IOException($"Could not ask {program} for its configuration, because it said: {exit.ErrorText.Trim()}");
            }
            catch (OperationCanceledException tooLate) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException($"Could not ask {program} for its configuration, because it gave no answer in {LongestWait.TotalSeconds:0} s. Look for a Match exec that hangs.", tooLate);
            }
        }
    }
}
