namespace Marketplace.Platform.Time;

/// <summary>Which of two moments comes first, and which last.</summary>
public static class Moments
{
    public static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    public static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    /// <param name="b">null is before every moment.</param>
    public static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset? b) => b is { } other ? Later(a, other) : a;
}
