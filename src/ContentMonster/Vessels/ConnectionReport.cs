using ContentMonster.Configuration;
using ContentMonster.Model;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>Reach, host key and login, as far as a connection came.</summary>
internal sealed class ConnectionReport(VesselSettings settings, VesselPlaces places, CheckSurroundings shore, SshConfiguration configuration, Action<VesselFinding> tell)
{
    /// <summary>What the user's and the system's ssh_config change about the way to the vessel.</summary>
    public void TellConfiguration()
    {
        List<string> said = [];
        if (configuration.ProxyJump is { } jump)
        {
            said.Add($"ProxyJump {jump}");
        }

        if (configuration.ProxyCommand is { } command)
        {
            said.Add($"ProxyCommand {command}");
        }

        if (configuration.HostKeyAlias is { } alias)
        {
            said.Add($"HostKeyAlias {alias}");
        }

        if (!configuration.CiphersAreDefault)
        {
            said.Add("ciphers of its own (ours are not put first)");
        }

        tell(new("ssh config", FindingGrade.Good, said.Count == 0 ? "direct: no ProxyJump, no ProxyCommand" : "in force: " + DisplayText.Escape(string.Join(", ", said))));
    }

    /// <param name="talk">What ssh told.</param>
    /// <param name="failure">Why there is no session; null: there is one.</param>
    public void Tell(SshTalk talk, VesselException? failure)
    {
        if (talk.ServerVersion is null && failure is not null)
        {
            tell(Failed("reach", failure));
            return;
        }

        tell(new("reach", FindingGrade.Good, Where() + (talk.ServerVersion is { } version ? $", {DisplayText.Escape(version)}" : "")));
        if (failure is { Kind: FailureKind.HostKeyChanged })
        {
            tell(Failed("host key", failure));
            return;
        }

        if (failure is null || talk.FoundAt is not null || talk.NewlyPinned)
        {
            tell(new("host key", FindingGrade.Good, HostKey(talk)));
        }

        if (failure is { Kind: FailureKind.LoginRefused })
        {
            tell(Failed("login", failure));
            return;
        }

        if (failure is null || talk.LoggedInBy is not null)
        {
            tell(new("login", FindingGrade.Good, Login(talk)));
        }

        if (failure is not null)
        {
            tell(Failed(talk.LoggedInBy is null ? "connection" : "SFTP", failure));
        }
    }

    private VesselFinding Failed(string what, VesselException failure) => DestinationCheck.Failed(what, failure, settings.Name);

    private string Where()
    {
        string alias = string.Equals(configuration.HostName, settings.Address.Trim('[', ']'), StringComparison.OrdinalIgnoreCase) ? "" : $" (Address {settings.Address})";
        return $"{DisplayText.Escape(configuration.HostName)}{alias}, port {configuration.Port}";
    }

    private string HostKey(SshTalk talk)
    {
        string key = talk.HostKey ?? "accepted";
        if (!talk.NewlyPinned)
        {
            return talk.FoundAt is { } at ? $"{key}, known from {DisplayText.Escape(at)}" : key;
        }

        return shore.PinsForGood
            ? $"{key}, newly pinned in {places.KnownHostsFile}. Compare it with the vessel's own: `ssh-keygen -lf` there on its host key."
            : $"{key}, not known yet. This check did not pin it; the daemon does on its first connection.";
    }

    private string Login(SshTalk talk)
    {
        string by = talk.LoggedInBy is { } method ? $" by {DisplayText.Escape(method)}" : "";
        string key = talk.AcceptedKey is { } accepted && talk.LoggedInBy == "publickey" ? $", key {DisplayText.Escape(accepted)}" : "";
        return $"as {DisplayText.Escape(configuration.User)}{by}{key}";
    }
}
