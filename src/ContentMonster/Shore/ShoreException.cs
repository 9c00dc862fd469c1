namespace ContentMonster.Shore;

/// <summary>The shore's file system said no; the message finishes "Could not ..., because ...".</summary>
internal sealed class ShoreException(ShoreFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    public ShoreFailure Failure { get; } = failure;
}
