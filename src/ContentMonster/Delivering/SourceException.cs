using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Delivering;

/// <summary>The source on the shore is not (or no longer) what is to be sent.</summary>
internal sealed class SourceException(FailureKind kind, string message, Exception? inner = null) : IOException(message, inner)
{
    public FailureKind Kind { get; } = kind;

    public static SourceException From(FileVersion version, ShoreException exception) => new(
        exception.Failure is ShoreFailure.PermissionDenied or ShoreFailure.ReadFailed or ShoreFailure.Other ? FailureKind.SourceUnreadable : FailureKind.SourceChanged,
        $"Could not read {version.Path} in {version.Directory}: {exception.Message}",
        exception);

    public static SourceException Changed(FileVersion version) => new(
        FailureKind.SourceChanged, $"Could not send this version of {version.Path} in {version.Directory}, because the file changed; the new version follows once it has settled.");
}
