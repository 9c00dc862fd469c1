using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>The vessel's shell: what it can do, and the scripts run in it. Opened again by itself once it has proved to be there.</summary>
/// <param name="lookPatience">A command that it is looked for takes no longer, or is done without.</param>
internal sealed class VesselShell(VesselDialer dialer, VesselMemory memory, TimeSpan lookPatience) : IAsyncDisposable
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

    private static readonly string[] OptionalCommands = [.. Candidates.Select(static tool => tool.Name), "grep", "tar", "sync", "rm"];

    // The look may take so many patiences in all: a login's background program that talks is taken for a command that goes on.
    private const int MostPatiences = 10;
    private const int WithoutAWordIsNone = 2;
    private const int BootIdLength = 36;
    private readonly SemaphoreSlim _opening = new(1, 1); // not disposed: whoever still dials releases it when he has ended
    private readonly CancellationTokenSource _closing = new();

    // Guarded by _opening, but for DisposeAsync, which waits for nobody.
    private SshProcess? _process;
    private RemoteShell? _shell;

    public HashTool? Hash { get; private set; }

    /// <summary>Whether the tool hashes by the CPU's own instructions: a gigabyte a second and more.</summary>
    public bool HashesFast { get; private set; }

    public bool SyncsFileSystems { get; private set; }

    public bool HasTar { get; private set; }

    public string BootId { get; private set; } = "";

    /// <summary>Commands that are done without, because they hang there.</summary>
    public IReadOnlyList<string> Hanging { get; private set; } = [];

    /// <summary>A hash tool is among those, and no other gives the right hash.</summary>
    public bool MissesHash => Hash is null && Candidates.Any(tool => Hanging.Contains(tool.Name, StringComparer.Ordinal));

    /// <summary>Whether the script that proved the shell has removed the file as well.</summary>
    public bool RemovedProbe { get; private set; }

    /// <summary>Why its connection was given up; null: it was not.</summary>
    public string? GivenUp => _process?.GivenUp;

    /// <summary>What ssh said on standard error until it was logged in, unescaped.</summary>
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
            answer = await LookAsync(await dialled.WaitAsync(cancellationToken).ConfigureAwait(false), probe, expected, cancellationToken).ConfigureAwait(false);
        }
        catch (RemoteShellHangsException hangs)
        {
            throw Hangs($"one of the commands looked for there is not over after {lookPatience.TotalSeconds:0} s", hangs);
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
        BootId = BootIn(found.GetValueOrDefault("boot", ""));
        return null;
    }

    /// <summary>After something hung in the middle of work: whether it is the tool that hashes. Then the vessel has to be looked at anew, without it.</summary>
    /// <exception cref="VesselException">It hangs on nothing, too; or no shell is to be had any more.</exception>
    public async Task ThrowIfHashHangsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(Encoding.ASCII.GetBytes($"{Hash!.Command} </dev/null >/dev/null 2>&1\n"), lookPatience, cancellationToken).ConfigureAwait(false);
        }
        catch (RemoteShellHangsException hangs)
        {
            memory.Hangs(Hash!.Name, dialer.Time);
            throw Hangs($"{Hash.Name}, which hashes there, is not over after {lookPatience.TotalSeconds:0} s", hangs);
        }
        catch (Exception exception) when (exception is IOException and not VesselException or ObjectDisposedException)
        {
            throw VesselFault.FromSftp("use the shell", dialer.Vessel, exception);
        }
    }

    /// <summary>Runs a script; a shell that broke before is opened again first.</summary>
    public async Task<ShellResult> RunAsync(byte[] script, TimeSpan outputPatience, CancellationToken cancellationToken)
    {
        RemoteShell shell = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await shell.RunAsync(script, outputPatience, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever dials one now ends it himself, and is not waited for.
        await _closing.CancelAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>The open shell; dialled if there is none.</summary>
    /// <exception cref="ObjectDisposedException">It was closed meanwhile.</exception>
    public async Task<RemoteShell> OpenAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            return await OpenOnceAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException closed) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException("The shell was closed while it was being opened.", closed);
        }
    }

    private async Task<RemoteShell> OpenOnceAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RemoteShell? shell = _shell;
            if (shell is not { Broken: null })
            {
                await CloseAsync().ConfigureAwait(false);
                (SshProcess process, shell) = await DialAsync(cancellationToken).ConfigureAwait(false);
                (_process, _shell) = (process, shell);
                SshWords = process.EarlierWords;
                try
                {
                    await ConfirmBootAsync(shell, cancellationToken).ConfigureAwait(false);
                    ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
                }
                catch
                {
                    // Not handed to anybody unconfirmed.
                    await CloseAsync().ConfigureAwait(false);
                    throw;
                }
            }

            return shell;
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<(SshProcess Process, RemoteShell Shell)> DialAsync(CancellationToken cancellationToken)
    {
        try
        {
            (SshProcess, RemoteShell) dialled = await dialer.DialShellAsync(cancellationToken).ConfigureAwait(false);
            memory.ShellsWithoutAWord = 0;
            return dialled;
        }
        catch (VesselException) when (!dialer.ShellEndedWithoutAWord)
        {
            memory.ShellsWithoutAWord = 0;
            throw;
        }
        catch (VesselException ended) when (++memory.ShellsWithoutAWord >= WithoutAWordIsNone)
        {
            // An account for SFTP alone whose forced command ends so. Where there was a shell before it counts as one that stays silent: files do not go unverified for it.
            throw new RemoteShellUnavailableException("Could not use a shell on the server, because its command ends with 255 each time.", "", ended) { ConnectionStood = memory.HadShell };
        }
    }

    // Opened again in the middle of a visit: what was verified since is only worth something while the vessel has not restarted.
    private async Task ConfirmBootAsync(RemoteShell shell, CancellationToken cancellationToken)
    {
        if (BootId.Length == 0)
        {
            return;
        }

        ShellResult boot = await shell.RunAsync("cat /proc/sys/kernel/random/boot_id 2>/dev/null\n"u8.ToArray(), lookPatience, cancellationToken).ConfigureAwait(false);
        if (Encoding.Latin1.GetString(boot.Output).Trim() != BootId)
        {
            throw new VesselException(FailureKind.ConnectionLost, $"Could not go on with {dialer.Vessel}, because it was restarted meanwhile: what is there is looked at again.");
        }
    }

    // One that hangs is named by the last line that came, and done without: in a new shell, for the old one would wait for it.
    private async Task<string> LookAsync(RemoteShell shell, BytePath probe, string expected, CancellationToken cancellationToken)
    {
        Hanging = memory.HangingCommands(dialer.Time);
        while (true)
        {
            try
            {
                Task<ShellResult> looking = shell.RunAsync(ProbeScript(probe, expected), lookPatience, cancellationToken);
                ShellResult result = await looking.WaitAsync(lookPatience * MostPatiences, dialer.Time, cancellationToken).ConfigureAwait(false);
                return Encoding.Latin1.GetString(result.Output);
            }
            catch (RemoteShellHangsException hangs) when (CommandIn(hangs.Text) is string command)
            {
                if (!OptionalCommands.Contains(command, StringComparer.Ordinal) || Hanging.Contains(command, StringComparer.Ordinal))
                {
                    throw Hangs($"{command} is not over there after {lookPatience.TotalSeconds:0} s", hangs);
                }

                memory.Hangs(command, dialer.Time);
                Hanging = memory.HangingCommands(dialer.Time);
            }
            catch (TimeoutException endless)
            {
                throw Hangs($"the look at its commands is not over after {lookPatience.TotalSeconds * MostPatiences:0} s", endless);
            }

            try
            {
                shell = await OpenAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (RemoteShellUnavailableException none)
            {
                // There was one a moment ago: no vessel without a shell, where files would go unverified.
                throw Hangs($"{Hanging[^1]} hangs there, and another shell does not answer", none);
            }
        }
    }

    private VesselException Hangs(string what, Exception exception) => new(FailureKind.LoginHangs, $"Could not go on with {dialer.Vessel}, because its shell answers, but {what}.", exception);

    // The ledger keeps it with each chunk that was verified.
    private static string BootIn(string said) => said.Length == BootIdLength && said.All(static one => char.IsAsciiHexDigitLower(one) || one == '-') ? said : "";

    private static string? CommandIn(string text) => text.Split('\n').LastOrDefault(static line => line.StartsWith("at ", StringComparison.Ordinal))?[3..];

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
    private byte[] ProbeScript(BytePath probe, string expected)
    {
        string file = Encoding.Latin1.GetString(HashScript.Word(probe));
        var script = new StringBuilder();
        void Try(string command, string lines)
        {
            if (!Hanging.Contains(command, StringComparer.Ordinal))
            {
                script.Append(CultureInfo.InvariantCulture, $"echo 'at {command}'\n{lines}\n");
            }
        }

        Try("cat", $"printf 'boot %s\\n' \"$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)\"\nprintf 'probe %s\\n' \"$(cat {file} 2>/dev/null)\"\nright=");
        foreach (HashTool tool in Candidates)
        {
            Try(tool.Name, $"if [ -z \"$right\" ]; then h=$({tool.Command} <{file} 2>/dev/null); printf 'hash-{tool.Name} %s\\n' \"$h\"; case $h in {expected}*) right=yes ;; esac; fi");
        }

        Try("grep", "if grep -q -w -E 'sha_ni|sha2' /proc/cpuinfo 2>/dev/null; then printf 'sha yes\\n'; fi");

        // An archive without entries is two blocks of zeros.
        Try("tar", "if dd if=/dev/zero bs=512 count=2 2>/dev/null | tar -xpof - >/dev/null 2>&1 && [ \"$(printf ab | cut -c 1-1 2>/dev/null)\" = a ]; then printf 'tar yes\\n'; fi");

        // On /proc the call itself is proved and nothing has to be written out.
        Try("sync", "if sync -f /proc >/dev/null 2>&1; then printf 'syncfs yes\\n'; fi");

        // A round trip less than removing it by SFTP; the name is unguessable and was read right.
        Try("rm", $"if [ -n \"$right\" ] && rm -f {file} >/dev/null 2>&1; then printf 'removed yes\\n'; fi");
        return Encoding.Latin1.GetBytes(script.ToString());
    }
}
