using Marketplace.Platform.Outcomes;

namespace Marketplace.Platform.Api;

/// <summary>Request feature of the host's authentication: a credential came and does not count, and why. The gate tells the caller.</summary>
public sealed record RefusedCredential(Problem Problem);
