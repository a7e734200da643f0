using Marketplace.Platform.Outcomes;

namespace Marketplace.Web.Components.Shared.Forms;

/// <summary>
/// The answers of the module's validator, handed to the fields they belong to. Cascade it (or use <see cref="SubmitForm"/>): a field looks
/// itself up by its <c>Field</c> pointer.
/// </summary>
public sealed class FormErrors
{
    private readonly HashSet<string> _claimed = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);
    private IReadOnlyList<FieldError> _errors = [];

    /// <summary>Raised when the errors changed.</summary>
    public event Action? Changed;

    /// <summary>The problem as a whole: its title and detail.</summary>
    public string? Title { get; private set; }

    public string? Detail { get; private set; }

    public bool Any => Title is not null || _errors.Count > 0;

    /// <summary>Errors that no field of the form shows; the summary lists them so that none is lost.</summary>
    public IReadOnlyList<FieldError> Unclaimed => [.. _errors.Where(error => !_claimed.Contains(Normal(error.Pointer)))];

    /// <summary>The first error of a field.</summary>
    public FieldError? Of(string? pointer) =>
        pointer is null
            ? null
            : _errors.FirstOrDefault(error => string.Equals(Normal(error.Pointer), Normal(pointer), StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes over a problem. A detail that only repeats the fields' messages is left out.</summary>
    public void Set(Problem problem)
    {
        Title = problem.Title;
        _errors = problem.Errors;
        Detail =
            problem.Errors.Count > 0 && problem.Detail == string.Join(' ', problem.Errors.Select(error => error.Message))
                ? null
                : problem.Detail;
        Changed?.Invoke();
    }

    /// <summary>
    /// True, and said at the top, while a field shows text that it could not take over: what would be sent is not what the person sees.
    /// Ask it before sending.
    /// </summary>
    public bool RefusesUnread()
    {
        if (_unread.Count == 0)
            return false;
        Title = "Some fields need your attention";
        Changed?.Invoke();
        return true;
    }

    /// <summary>Before the next attempt.</summary>
    public void Clear()
    {
        Title = null;
        Detail = null;
        _errors = [];
        Changed?.Invoke();
    }

    /// <summary>A field says whether its text could be taken over.</summary>
    internal void Read(string inputId, bool taken)
    {
        if (taken)
            _unread.Remove(inputId);
        else
            _unread.Add(inputId);
    }

    internal void Claim(string pointer) => _claimed.Add(Normal(pointer));

    internal void Release(string pointer) => _claimed.Remove(Normal(pointer));

    private static string Normal(string pointer) => pointer.TrimStart('/', '#');
}
