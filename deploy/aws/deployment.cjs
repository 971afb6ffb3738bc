'use strict'

// osls creates a deployment with a new name each time, and the deployment would create a stage without any settings.
// Without a stage name it creates none; the stage is in gateway.yml. A deployment is a snapshot of the API, so it must
// be created after the gateway's own responses.
/** @param {{ resolveVariable: (name: string) => Promise<string> }} osls */
module.exports = async ({ resolveVariable }) => ({
  extensions: {
    [`ApiGatewayDeployment${await resolveVariable('sls:instanceId')}`]: {
      Properties: { StageName: { Ref: 'AWS::NoValue' } },
      DependsOn: ['Refused', 'Failed', 'Throttled', 'TooLarge', 'NoSuchEndpoint', 'TimedOut', 'OutOfReach', 'Filtered'],
    },
  },
})
