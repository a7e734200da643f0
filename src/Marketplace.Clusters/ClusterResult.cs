using System.Diagnostics.CodeAnalysis;

namespace Marketplace.Clusters;

/// <summary>An expected failure on the way to a cluster: a stable code, plain words, and what to change.</summary>
/// <param name="Code">Stable, dotted, lower case, for example <c>kubeconfig.no_current_context</c>.</param>
/// <param name="Message">One plain sentence a person can read.</param>
/// <param name="Field">The input field the failure is about, where there is one.</param>
/// <param name="Fix">What to change so that it works, where that is known.</param>
public record ClusterError(string Code, string Message, string? Field = null, string? Fix = null)
{
    /// <summary>The sentence and the fix in one line, for logs and exceptions.</summary>
    public override string ToString() => Fix is null ? $"{Code}: {Message}" : $"{Code}: {Message} {Fix}";
}

/// <summary>A value, or the reason why there is none. Bugs throw; expected failures come back here.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct ClusterResult<T>
{
    private ClusterResult(T? value, ClusterError? error)
    {
        Value = value;
        Error = error;
    }

    /// <summary>The value; null when the call failed.</summary>
    public T? Value { get; }

    /// <summary>The failure; null when the call worked.</summary>
    public ClusterError? Error { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Error is null;

    /// <summary>The value, for callers that have already excluded failure.</summary>
    /// <exception cref="InvalidOperationException">The call had failed: the message says why.</exception>
    public T Required => IsOk ? Value : throw new InvalidOperationException(Error.ToString());

    /// <summary>Wraps a value.</summary>
    public static implicit operator ClusterResult<T>(T value) => new(value, null);

    /// <summary>Wraps a failure.</summary>
    public static implicit operator ClusterResult<T>(ClusterError error) => new(default, error);

    /// <summary>The same failure as another type, or the mapped value.</summary>
    public ClusterResult<TOther> Map<TOther>(Func<T, TOther> map) => IsOk ? map(Value) : Error;
}

/// <summary>A result without a value.</summary>
public readonly record struct Done;
