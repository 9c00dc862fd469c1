using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Servers;

/// <summary>An ssh with an ssh_config of its own in place of the user's and the system's; jump hosts are reached with the same one.</summary>
internal static class ConfiguredSsh
{
    /// <summary>The program to start.</summary>
    public static string Make(ScratchDirectory scratch, params string[] lines)
    {
        string name = Guid.NewGuid().ToString("N");
        string configuration = scratch[$"ssh_config-{name}"];
        string program = scratch[$"ssh-{name}"];
        File.WriteAllLines(configuration, lines);
        File.WriteAllText(program, $"#!/bin/sh\nexec ssh -F '{configuration}' \"$@\"\n");
        Posix.Run("chmod", "700", program);
        return program;
    }
}
