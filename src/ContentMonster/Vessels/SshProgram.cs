using System.Text;
using ContentMonster.Model;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Vessels;

/// <summary>The ssh client that vessels are reached with.</summary>
internal static class SshProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What `ssh -V` says; an <see cref="IOException"/> where there is no ssh, or it does not run.</summary>
    public static async Task<string> VersionAsync(string program, TimeProvider time, CancellationToken cancellationToken)
    {
        SshProcess process = SshProcess.StartLocal(program, ["-V"]);
        await using (process.ConfigureAwait(false))
        {
            try
            {
                using var output = new MemoryStream();
                await process.Transport.CopyToAsync(output, cancellationToken).WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
                SshExit exit = await process.Exited.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
                string said = DisplayText.Escape((exit.ErrorText + Encoding.UTF8.GetString(output.ToArray())).Trim());
                return exit.ExitCode == 0 ? said : throw new IOException($"Could not ask ssh for its version, because it ended with {exit.ExitCode}: {said}");
            }
            catch (TimeoutException slow)
            {
                throw new IOException($"Could not ask ssh for its version, because it gave no answer in {Patience.TotalSeconds:0} s.", slow);
            }
        }
    }
}
