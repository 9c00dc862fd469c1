using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>The vessel's shell: what it can do, and the scripts run in it. Opened again by itself once it has proved to be there.</summary>
internal sealed class VesselShell(VesselDialer dialer) : IAsyncDisposable
{
    private static readonly HashTool[] Candidates =
    [
        // The order of their speed: openssl uses the CPU's SHA instructions wherever it can, coreutils mostly does not.
        new("openssl", "openssl dgst -sha256 -r", UsesCpu: true),
        new("sha256sum", "sha256sum"),
        new("shasum", "shasum -a 256"),
        new("sha256", "sha256 -q"),
        new("busybox", "busybox sha256sum"),
        new("digest", "digest -a sha256", ByName: false),
    ];

    private readonly SemaphoreSlim _opening = new(1, 1);

    // Guarded by _opening.
    private SshProcess? _process;
    private RemoteShell? _shell;

    public HashTool? Hash { get; private set; }

    /// <summary>Whether the tool hashes by the CPU's own instructions: a gigabyte a second and more.</summary>
    public bool HashesFast { get; private set; }

    public bool SyncsFileSystems { get; private set; }

    public bool HasTar { get; private set; }

    public string BootId { get; private set; } = "";

    /// <summary>Whether the script that proved the shell has removed the file as well.</summary>
    public bool RemovedProbe { get; private set; }

    /// <summary>What ssh has said on standard error, unescaped.</summary>
    public string SshWords { get; private set; } = "";

    /// <summary>
    /// Opens the shell and looks at it through a file that SFTP made: content that reads differently, or not at all, means that the shell
    /// lives elsewhere (chroots, NAS boxes) and is not to be trusted.
    /// </summary>
    /// <param name="dialled">From <see cref="OpenAsync"/>.</param>
    /// <param name="probe">The file.</param>
    /// <param name="content">What is in it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when the shell may be used, else why not.</returns>
    public async Task<string?> ProveAsync(Task<RemoteShell> dialled, BytePath probe, string content, CancellationToken cancellationToken)
    {
        string expected = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(content)));
        string answer;
        try
        {
            RemoteShell shell = await dialled.WaitAsync(cancellationToken).ConfigureAwait(false);
            Task<ShellResult> looked = shell.RunAsync(ProbeScript(probe, expected), cancellationToken);
            answer = Encoding.Latin1.GetString((await InTimeAsync(looked, shell, cancellationToken).ConfigureAwait(false)).Output);
        }
        catch (TimeoutException hanging)
        {
            // The shell's heartbeat goes on as long as the command hangs.
            string tools = string.Join(", ", Candidates.Select(static tool => tool.Name));
            throw new VesselException(FailureKind.LoginHangs, $"Could not go on with {dialer.Vessel}, because its shell answers, but one of the commands looked for there was not over after {dialer.ConnectPatience.TotalSeconds:0} s ({tools}, tar, sync).", hanging);
        }
        catch (RemoteShellUnavailableException exception)
        {
            return DisplayText.Escape(exception.Message);
        }
        catch (Exception exception) when (exception is RemoteShellException or ObjectDisposedException)
        {
            // It said hello and then broke: that is the link's doing, and no reason to do without proofs from now on.
            throw VesselFault.FromSftp("use the shell", dialer.Vessel, exception);
        }

        Dictionary<string, string> found = answer.Split('\n').Select(line => line.Split(' ', 2)).Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0], StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last()[1].Trim(), StringComparer.Ordinal);
        RemovedProbe = found.GetValueOrDefault("removed") == "yes";
        if (found.GetValueOrDefault("probe") != content)
        {
            return "the shell does not see the files that SFTP makes";
        }

        Hash = Candidates.FirstOrDefault(tool => found.GetValueOrDefault("hash-" + tool.Name)?.StartsWith(expected, StringComparison.Ordinal) == true);
        HashesFast = Hash is { UsesCpu: true } && found.GetValueOrDefault("sha") == "yes";
        HasTar = found.GetValueOrDefault("tar") == "yes";
        SyncsFileSystems = found.GetValueOrDefault("syncfs") == "yes";
        BootId = found.GetValueOrDefault("boot", "");
        return null;
    }

    /// <summary>Runs a script; a shell that broke before is opened again first.</summary>
    public async Task<ShellResult> RunAsync(byte[] script, CancellationToken cancellationToken)
    {
        RemoteShell shell = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await shell.RunAsync(script, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _opening.Dispose();
    }

    /// <summary>The open shell; dialled if there is none.</summary>
    public async Task<RemoteShell> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_shell is not { Broken: null })
            {
                await CloseAsync().ConfigureAwait(false);
                (_process, _shell) = await dialer.DialShellAsync(cancellationToken).ConfigureAwait(false);
                SshWords = _process.ErrorText;
                try
                {
                    await ConfirmBootAsync(_shell, cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    // Not handed to anybody unconfirmed.
                    await CloseAsync().ConfigureAwait(false);
                    throw;
                }
            }

            return _shell;
        }
        finally
        {
            _opening.Release();
        }
    }

    // Opened again in the middle of a visit: what was verified since is only worth something while the vessel has not restarted.
    private async Task ConfirmBootAsync(RemoteShell shell, CancellationToken cancellationToken)
    {
        if (BootId.Length == 0)
        {
            return;
        }

        ShellResult boot = await shell.RunAsync("cat /proc/sys/kernel/random/boot_id 2>/dev/null\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        if (Encoding.Latin1.GetString(boot.Output).Trim() != BootId)
        {
            throw new VesselException(FailureKind.ConnectionLost, $"Could not go on with {dialer.Vessel}, because it was restarted meanwhile: what is there is looked at again.");
        }
    }

    // Over a link that others fill the script itself may be long on its way.
    private async Task<ShellResult> InTimeAsync(Task<ShellResult> looked, RemoteShell shell, CancellationToken cancellationToken)
    {
        for (int patiences = 1; ; patiences++)
        {
            try
            {
                return await looked.WaitAsync(dialer.ConnectPatience, dialer.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException) when (shell.IsOnItsWay && patiences < SftpOptions.PatiencesInCompany)
            {
                // Once more.
            }
        }
    }

    private async Task CloseAsync()
    {
        (RemoteShell? shell, SshProcess? process) = (_shell, _process);
        (_shell, _process) = (null, null);
        if (shell is not null)
        {
            await shell.DisposeAsync().ConfigureAwait(false);
        }

        if (process is not null)
        {
            await process.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The first tool that gives the right hash is the fastest there is: the others, some of them interpreters, are not even started.
    private static byte[] ProbeScript(BytePath probe, string expected)
    {
        string file = Encoding.Latin1.GetString(HashScript.Word(probe));
        var script = new StringBuilder();
        script.Append("printf 'boot %s\\n' \"$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)\"\n");
        script.Append(CultureInfo.InvariantCulture, $"printf 'probe %s\\n' \"$(cat {file} 2>/dev/null)\"\n");
        script.Append("right=\n");
        foreach (HashTool tool in Candidates)
        {
            script.Append(CultureInfo.InvariantCulture, $"if [ -z \"$right\" ]; then h=$({tool.Command} <{file} 2>/dev/null); printf 'hash-{tool.Name} %s\\n' \"$h\"; case $h in {expected}*) right=yes ;; esac; fi\n");
        }

        script.Append("if grep -q -w -E 'sha_ni|sha2' /proc/cpuinfo 2>/dev/null; then printf 'sha yes\\n'; fi\n");

        // An archive without entries is two blocks of zeros.
        script.Append("if dd if=/dev/zero bs=512 count=2 2>/dev/null | tar -xpof - 2>/dev/null && [ \"$(printf ab | cut -c 1-1 2>/dev/null)\" = a ]; then printf 'tar yes\\n'; fi\n");

        // A round trip less than removing it by SFTP; the name is unguessable and was read right.
        script.Append(CultureInfo.InvariantCulture, $"if [ -n \"$right\" ] && rm -f {file} 2>/dev/null; then printf 'removed yes\n'; fi\n");

        // On /proc the call itself is proved and nothing has to be written out.
        script.Append("if sync -f /proc 2>/dev/null; then printf 'syncfs yes\\n'; fi\n");
        return Encoding.Latin1.GetBytes(script.ToString());
    }
}
