using FluentValidation;

namespace Marketplace.Platform.Outcomes;

/// <summary>Bridges FluentValidation to <see cref="Problem"/>: property paths become JSON pointers; the fix is the rule's state.</summary>
public static class Validation
{
    /// <summary>Runs the validator.</summary>
    /// <returns>null when the request is valid, else a problem that names every field with its fix.</returns>
    public static Problem? Check<T>(this IValidator<T> validator, T request)
    {
        var result = validator.Validate(request);
        return result.IsValid
            ? null
            : Problem.Invalid([
                .. result.Errors.Select(e => new FieldError(
                    Pointer(e.PropertyName),
                    e.ErrorMessage,
                    e.CustomState as string ?? "Correct this field and send it again."
                )),
            ]);
    }

    /// <summary>Says how to put a failed rule right.</summary>
    public static IRuleBuilderOptions<T, TProperty> WithFix<T, TProperty>(this IRuleBuilderOptions<T, TProperty> rule, string fix) =>
        rule.WithState(_ => fix);

    /// <summary>Turns <c>Roles[0].Replicas</c> into <c>/roles/0/replicas</c> (RFC 6901).</summary>
    public static string Pointer(string propertyPath)
    {
        ArgumentNullException.ThrowIfNull(propertyPath);
        if (propertyPath.Length == 0)
            return "";
        var parts = propertyPath.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        return "/" + string.Join('/', parts.Select(p => p.Length > 0 ? char.ToLowerInvariant(p[0]) + p[1..] : p));
    }
}
