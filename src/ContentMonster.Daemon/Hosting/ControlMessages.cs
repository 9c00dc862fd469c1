using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContentMonster.Daemon.Hosting;

/// <summary>
/// What a command asks of the daemon, one line of JSON. It names a thing the daemon has already; nothing in it becomes an argument, a path
/// or a command.
/// </summary>
/// <param name="Command">"status" or "retry".</param>
/// <param name="Count">status: files to list at most.</param>
/// <param name="Vessel">retry: a vessel of the settings; null: all.</param>
internal sealed record ControlRequest(string Command, int? Count = null, string? Vessel = null);

/// <summary>The daemon's answer, one line of JSON: an error for the operator, or what was asked for.</summary>
internal sealed record ControlReply(string? Error = null, StatusReport? Status = null);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlReply))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(IReadOnlyList<HistoryLine>))]
internal sealed partial class ControlJson : JsonSerializerContext;

/// <summary>For people and scripts: letters of all scripts stay readable, control characters stay escaped.</summary>
internal static class ReadableJson
{
    public static ControlJson Context { get; } = new(new JsonSerializerOptions(ControlJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All),
        WriteIndented = true,
    });
}

/// <summary>One entry of `history --json`.</summary>
internal sealed record HistoryLine(DateTimeOffset At, string Event, string Directory, string File, string? Vessel, long SizeInBytes, string? Text);
