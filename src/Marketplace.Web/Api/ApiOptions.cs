using Microsoft.Extensions.Options;

namespace Marketplace.Web.Api;

/// <summary>Section <c>Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>Requests per minute of one credential, over time.</summary>
    public int RequestsPerMinute { get; set; } = 1200;

    /// <summary>Requests of one credential at once, before the rate per minute counts.</summary>
    public int Burst { get; set; } = 200;

    /// <summary>Largest request body. Ten thousand bulk lines fit.</summary>
    public long MaxBodyBytes { get; set; } = 32L * 1024 * 1024;

    /// <summary>A message that waits longer in the outbox makes /readyz say "degraded".</summary>
    public TimeSpan OutboxAgeLimit { get; set; } = TimeSpan.FromMinutes(5);
}

internal sealed class ApiOptionsValidator : IValidateOptions<ApiOptions>
{
    public ValidateOptionsResult Validate(string? name, ApiOptions options)
    {
        List<string> errors = [];
        if (options.RequestsPerMinute < 1)
            errors.Add("Api:RequestsPerMinute must be at least 1.");
        if (options.Burst < 1)
            errors.Add("Api:Burst must be at least 1.");
        if (options.MaxBodyBytes < 1024)
            errors.Add("Api:MaxBodyBytes must be at least 1024.");
        if (options.OutboxAgeLimit <= TimeSpan.Zero)
            errors.Add("Api:OutboxAgeLimit must be more than zero.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
