'use strict'

// osls makes a deployment with a new name each time, and has it make the stage, where nothing could be set.
// Without a stage name it makes none; the stage is in gateway.yml. The deployment takes a picture of the API:
// it must not do so before the gateway's own answers are there.
/** @param {{ resolveVariable: (name: string) => Promise<string> }} osls */
module.exports = async ({ resolveVariable }) => ({
  extensions: {
    [`ApiGatewayDeployment${await resolveVariable('sls:instanceId')}`]: {
      Properties: { StageName: { Ref: 'AWS::NoValue' } },
      DependsOn: ['Refused', 'Failed', 'Throttled', 'TooLarge', 'NoSuchEndpoint', 'TimedOut', 'OutOfReach', 'Filtered'],
    },
  },
})
