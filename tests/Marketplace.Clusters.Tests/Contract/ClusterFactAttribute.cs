using Xunit.Abstractions;
using Xunit.Sdk;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>
/// A test of the contract suite: written once, run per kind of cluster. Where a kind cannot be started here, its tests are skipped with the reason,
/// so that nothing passes by not running.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Marketplace.Clusters.Tests.Contract." + nameof(ClusterFactDiscoverer), "Marketplace.Clusters.Tests")]
public sealed class ClusterFactAttribute : FactAttribute;

/// <summary>Marks a class of the suite that needs the real control plane.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsControlPlaneAttribute : Attribute;

/// <summary>Finds the suite's tests.</summary>
public sealed class ClusterFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    /// <inheritdoc />
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions discoveryOptions,
        ITestMethod testMethod,
        IAttributeInfo factAttribute
    ) =>
        new ClusterTestCase(
            DiagnosticMessageSink,
            discoveryOptions.MethodDisplayOrDefault(),
            discoveryOptions.MethodDisplayOptionsOrDefault(),
            testMethod
        );
}

/// <summary>A test that is skipped where its kind of cluster is missing.</summary>
public sealed class ClusterTestCase : XunitTestCase
{
    /// <summary>For deserialisation.</summary>
    [Obsolete("For deserialisation", error: true)]
    public ClusterTestCase() { }

    /// <summary>A test case.</summary>
    public ClusterTestCase(IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(messages, display, options, method) { }

    /// <inheritdoc />
    protected override string GetSkipReason(IAttributeInfo factAttribute) =>
        TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsControlPlaneAttribute)).Any() && ControlPlane.Unavailable is { } reason
            ? reason
            : base.GetSkipReason(factAttribute);
}
