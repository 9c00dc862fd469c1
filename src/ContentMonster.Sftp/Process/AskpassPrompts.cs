using System.Text;

namespace ContentMonster.Sftp.Process;

// Implementation notes
//
// ssh calls its askpass program for passwords, passphrases, PINs, host key questions, and for text that the server chose (keyboard-interactive). So a
// prompt is answered only if the whole of it is what our own settings and `ssh -G` make us expect, and each secret at most once for one
// connection: a program that always answers loops for ever on the host key question, and tries a wrong password until the account is locked.
//
// Keyboard-interactive is the exception that servers with PAM make necessary: ssh puts "(user@host) " before the server's own words, and askpass learns
// neither the words ssh was sent nor whether the answer would be shown. Here a prompt with exactly our prefix gets the Password, once: the server that asks
// has proved its host key and would get the same word by the password method. A server's second prompt (a code, say) gets nothing. The passphrase
// is never given to any text but the one that names the key's path, and a server's text always has the prefix.

/// <summary>Which prompt of ssh gets which secret.</summary>
internal sealed class AskpassPrompts
{
    /// <summary>ssh cuts the path in its passphrase prompt at this many bytes.</summary>
    private const int PathBytesInPrompt = 100;

    private readonly HashSet<string> _passphrasePrompts;
    private readonly string _passwordPrompt;
    private readonly string _interactivePrefix;
    private readonly Lock _gate = new();

    // Guarded by _gate; null once given.
    private string? _password;
    private string? _passphrase;

    private AskpassPrompts(SshSecrets secrets, string user, string host, IEnumerable<string> keys)
    {
        _password = secrets.Password;

        // As paramiko does it, and so the Python program did: where there is no Passphrase the Password opens the key.
        _passphrase = secrets.Passphrase ?? secrets.Password;
        _passwordPrompt = $"{user}@{host}'s password: ";
        _interactivePrefix = $"({user}@{host}) ";
        _passphrasePrompts = keys.SelectMany(key => new[] { key, Cut(key) }).Select(key => $"Enter passphrase for key '{key}': ").ToHashSet(StringComparer.Ordinal);
    }

    public static AskpassPrompts For(SshTarget target, SshSecrets secrets, SshConfiguration? configuration)
    {
        string user = configuration?.User ?? target.User ?? Environment.UserName;

        // ssh lower-cases the name it connects to and shows HostKeyAlias, where there is one, as it stands.
        string hostName = (configuration?.HostName ?? target.BareHost).ToLowerInvariant();
        string host = configuration?.HostKeyAlias ?? hostName;
        IEnumerable<string?> keys = target.IdentityFile is { } own
            ? [SshEnvironment.ExpandHome(own)]
            : (configuration?.IdentityFiles ?? []).Select(file => Expand(file, user, hostName));
        return new AskpassPrompts(secrets, user, host, keys.OfType<string>());
    }

    /// <summary>The answer, given at most once for each secret; null: refuse.</summary>
    public string? Answer(string prompt)
    {
        lock (_gate)
        {
            if (_passphrasePrompts.Contains(prompt))
            {
                return Take(ref _passphrase);
            }

            bool asksPassword = string.Equals(prompt, _passwordPrompt, StringComparison.Ordinal)
                || (prompt.Length > _interactivePrefix.Length && prompt.StartsWith(_interactivePrefix, StringComparison.Ordinal));
            return asksPassword ? Take(ref _password) : null;
        }
    }

    private static string? Take(ref string? secret)
    {
        string? taken = secret;
        secret = null;
        return taken;
    }

    private static string Cut(string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        return bytes.Length <= PathBytesInPrompt ? path : Encoding.UTF8.GetString(bytes, 0, PathBytesInPrompt);
    }

    /// <summary>The tokens that ssh_config allows and that we know for certain; a path with another one is never asked for by us.</summary>
    private static string? Expand(string path, string user, string host)
    {
        var expanded = new StringBuilder();
        string rest = SshEnvironment.ExpandHome(path);
        for (int i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '$' && rest.IndexOf('}', i) is > 0 and int end && rest[(i + 1)..].StartsWith('{'))
            {
                if (SshEnvironment.Plain().GetValueOrDefault(rest[(i + 2)..end]) is not { } variable)
                {
                    return null;
                }

                expanded.Append(variable);
                i = end;
                continue;
            }

            if (rest[i] != '%')
            {
                expanded.Append(rest[i]);
                continue;
            }

            string? value = ++i < rest.Length ? rest[i] switch { '%' => "%", 'd' => SshEnvironment.Home, 'u' => Environment.UserName, 'r' => user, 'h' => host, _ => null } : null;
            if (value is null)
            {
                return null;
            }

            expanded.Append(value);
        }

        return expanded.ToString();
    }
}
