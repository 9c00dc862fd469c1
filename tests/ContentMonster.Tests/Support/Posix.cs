using System.Diagnostics;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Tests.Support;

/// <summary>What System.IO can't do: names of bytes, links, pipes, mounts.</summary>
internal static unsafe class Posix
{
    private const int CreateForWriting = 0x41;

    public static bool IsRoot => Environment.IsPrivilegedProcess;

    public static void WriteFile(string directory, BytePath name, ReadOnlySpan<byte> content)
    {
        using Descriptor file = Create(directory, name);
        using var stream = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(file.Number, ownsHandle: false), FileAccess.Write);
        stream.Write(content);
    }

    /// <summary>Runs a program and expects it to succeed.</summary>
    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {error}");
    }

    public static bool Succeeds(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static Descriptor Create(string directory, BytePath name)
    {
        byte[] path = [.. Encoding.UTF8.GetBytes(directory + "/"), .. name.Span, 0];
        fixed (byte* text = path)
        {
            int opened = Libc.Open(text, CreateForWriting, 0x1A4);
            opened.ShouldBeGreaterThanOrEqualTo(0);
            return new(opened);
        }
    }
}
